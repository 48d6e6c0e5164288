import type {
  Claim,
  ClaimRequest,
  Lease,
  NewRun,
  NewStep,
  Outcome,
  RecoverRequest,
  RecoverResult,
  RunFilter,
  RunRecord,
  Storage,
} from '@durably/core'
import { expectEqual, present } from '../expect.ts'

/** The moment at which cases begin. */
export const NOW = Date.UTC(2026, 0, 1)
/** How long leases last in the cases. */
export const LEASE_MS = 30_000
/** The job that is meant where a case names none. */
export const JOB = 'job'
/** What poisoned runs are given. */
export const POISON_ERROR = '{"name":"DurablyError","code":"POISON_RUN"}'
/** Stands for "as many as there are". */
export const ALL = 1_000_000

/** A claim or recovery with a plain number as its limit. */
type Asking<Request extends ClaimRequest> = Partial<Omit<Request, 'limit'>> & { readonly limit?: number }

/** A run that a worker holds. */
export interface Held extends Claim {
  readonly lease: Lease
}

let claims = 0

/** A claim id no other claim has. */
export function nextClaimId(): string {
  claims += 1
  return `claim-${claims}`
}

/** A run to enqueue; what a case does not name is absent. */
export function newRun(wanted: Partial<NewRun> = {}): NewRun {
  return {
    jobName: JOB,
    inputJson: '{}',
    idempotencyKey: null,
    concurrencyKey: null,
    labels: null,
    readyAt: null,
    originId: null,
    ...wanted,
  }
}

/** A completed first step; what a case does not name is plain. */
export function newStep(wanted: Partial<NewStep> = {}): NewStep {
  return {
    name: 'step',
    digest: '',
    status: 'completed',
    position: 0,
    attempt: 1,
    startedAt: NOW,
    outputJson: wanted.status === 'failed' ? null : '1',
    errorJson: wanted.status === 'failed' ? '{"message":"boom"}' : null,
    ...wanted,
  }
}

/** Every run that matches; what a case does not name is not restricted. */
export function filter(wanted: Partial<RunFilter> = {}): RunFilter {
  return { statuses: null, jobNames: null, labels: null, limit: ALL, cursor: null, ...wanted }
}

/** The lease under which a claim was made. */
function leaseOf({ run }: Claim): Lease {
  return { runId: run.id, generation: run.generation }
}

/** Works on a storage the way an engine does, so that a case says only what it is about. */
export class Workbench {
  readonly storage: Storage

  constructor(storage: Storage) {
    this.storage = storage
  }

  /** Enqueues one run. */
  async trigger(wanted: Partial<NewRun> = {}, now: number = NOW): Promise<RunRecord> {
    const [answer] = await this.storage.enqueue([newRun(wanted)], now)
    return present(answer, 'the answer of enqueue').run
  }

  /** Enqueues several runs at once. */
  async triggerAll<const Wanted extends readonly Partial<NewRun>[]>(
    wanted: Wanted,
    now: number = NOW,
  ): Promise<{ readonly [Index in keyof Wanted]: RunRecord }> {
    const answers = await this.storage.enqueue(
      wanted.map((run) => newRun(run)),
      now,
    )
    expectEqual(answers.length, wanted.length, 'how many answers enqueue gives')
    return answers.map((answer) => answer.run) as { readonly [Index in keyof Wanted]: RunRecord }
  }

  claim({ limit = ALL, ...wanted }: Asking<ClaimRequest> = {}): Promise<readonly Claim[]> {
    return this.storage.claim({
      jobNames: [JOB],
      claimId: nextClaimId(),
      now: NOW,
      leaseMs: LEASE_MS,
      ...wanted,
      limit: () => limit,
    })
  }

  /** The ids a claim takes. */
  async claimIds(wanted: Asking<ClaimRequest> = {}): Promise<readonly string[]> {
    return (await this.claim(wanted)).map(({ run }) => run.id)
  }

  /** Claims one run, which must be this one. */
  async take(run: RunRecord, wanted: Asking<ClaimRequest> = {}): Promise<Held> {
    const [claim] = await this.claim({ jobNames: [run.jobName], ...wanted, limit: 1 })
    const taken = present(claim, `a claim of run ${run.id}`)
    expectEqual(taken.run.id, run.id, 'the run that a claim of one takes')
    return { ...taken, lease: leaseOf(taken) }
  }

  /** Enqueues a run and claims it. */
  async start(wanted: Partial<NewRun> = {}, now: number = NOW): Promise<Held> {
    return this.take(await this.trigger(wanted, now), { now })
  }

  /** Enqueues a run, claims it and ends the attempt. */
  async startAndSettle(wanted: Partial<NewRun>, outcome: Outcome, now: number = NOW): Promise<RunRecord> {
    const { lease } = await this.start(wanted, now)
    await this.storage.settle(lease, outcome, now)
    return this.read(lease.runId)
  }

  recover({ limit = ALL, ...wanted }: Asking<RecoverRequest> = {}): Promise<RecoverResult> {
    return this.storage.recover({
      jobNames: [JOB],
      claimId: nextClaimId(),
      now: NOW + LEASE_MS + 1,
      leaseMs: LEASE_MS,
      maxRecoveries: 10,
      poisonErrorJson: POISON_ERROR,
      exclusive: false,
      ...wanted,
      limit: () => limit,
    })
  }

  /** Takes over the one run whose lease has ended. */
  async takeOver(wanted: Asking<RecoverRequest> = {}): Promise<Held> {
    const { claims } = await this.recover(wanted)
    expectEqual(claims.length, 1, 'how many runs were recovered')
    const claim = present(claims[0], 'the recovered run')
    return { ...claim, lease: leaseOf(claim) }
  }

  /** The run as it is stored, which must be there. */
  async read(runId: string): Promise<RunRecord> {
    return present(await this.storage.getRun(runId), `run ${runId}`)
  }

  /** The ids of a listing, newest first. */
  async list(wanted: Partial<RunFilter> = {}): Promise<readonly string[]> {
    return (await this.storage.getRuns(filter(wanted))).map((run) => run.id)
  }
}
