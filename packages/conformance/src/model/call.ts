import type {
  Claim,
  ClaimRequest,
  Controlled,
  Lease,
  NewRun,
  Outcome,
  StepRecord,
  Storage,
} from '@durably/core'
import { isDurablyError } from '@durably/core'
import type { Names } from './names.ts'
import type { Operation, Sketch } from './operation.ts'

/** How long leases last in sequences. */
const LEASE_MS = 1000
/** More than a sequence ever creates. */
const ALL = 10_000

/** A lease whose run goes by its name. */
export interface NamedLease {
  readonly run: string
  readonly generation: number
}

/** What a call needs to know of the sequence so far. */
export interface Surroundings {
  readonly now: number
  /** Different at each call. */
  readonly claimId: string
  /** The name of the n-th latest run; null: there is none yet. */
  runAt(recent: number): string | null
  leaseAt(recent: number): NamedLease | null
  /** The names the next runs will get. */
  nextNames(count: number): readonly string[]
  /** Which attempt of a step the next one is. */
  attemptOf(lease: NamedLease, stepName: string): number
}

/** One call, the same for both storages. Resolves with the answer in names, or with the code it was refused with. */
export interface Call {
  readonly operation: Operation
  /** May it be repeated? What enqueue and appendLogs are given twice is two things. */
  readonly repeatable: boolean
  perform(storage: Storage, names: Names): Promise<unknown>
}

/** Turns an operation into a call; null: there is no run or lease yet that it could be about. */
export function toCall(operation: Operation, around: Surroundings): Call | null {
  const act = actOf(operation, around)
  if (!act) return null
  return {
    operation,
    repeatable: operation.verb !== 'enqueue' && operation.verb !== 'appendLogs',
    perform: (storage, names) => act(storage, names).then(showUndefined, codeOf),
  }
}

type Act = (storage: Storage, names: Names) => Promise<unknown>

function actOf(operation: Operation, around: Surroundings): Act | null {
  const { now } = around
  switch (operation.verb) {
    case 'enqueue':
      return enqueueAct(operation.runs, around)
    case 'claim': {
      const request = claimRequest(operation.jobs, operation.limit, around)
      return async (storage, names) => (await storage.claim(request)).map((claim) => showClaim(claim, names))
    }
    case 'recover': {
      const { exclusive, maxRecoveries } = operation
      const request = {
        ...claimRequest(operation.jobs, ALL, around),
        exclusive,
        maxRecoveries,
        poisonErrorJson: '"poison"',
      }
      return async (storage, names) => {
        const { claims, poisoned } = await storage.recover(request)
        const showPoisoned = poisoned.map((run) => names.rename(run)).toSorted(byId)
        return { claims: claims.map((claim) => showClaim(claim, names)), poisoned: showPoisoned }
      }
    }
    case 'wake':
      return (storage) => storage.wake(operation.jobs, now)
    case 'renew': {
      const leases = leasesAt(operation.leases, around)
      return async (storage, names) => {
        const held = await storage.renew(toLeases(leases, names), now, LEASE_MS)
        return held.map((lease) => `${names.nameOf(lease.runId)}, ${lease.generation}`).toSorted()
      }
    }
    case 'purge': {
      const { statuses, ageMs, limit } = operation
      const request = { statuses, finishedBefore: now - ageMs, limit }
      return async (storage, names) =>
        (await storage.purge(request)).map((run) => names.nameOf(run.id)).toSorted()
    }
    case 'appendLogs': {
      const leases = leasesAt(operation.leases, around)
      const line = {
        stepName: null,
        level: 'info',
        message: `at ${now}`,
        dataJson: null,
        createdAt: now,
      } as const
      return (storage, names) =>
        storage.appendLogs(toLeases(leases, names).map((lease) => ({ ...lease, ...line })))
    }
    case 'cancel':
    case 'retry':
    case 'remove': {
      const run = around.runAt(operation.run)
      if (run === null) return null
      return async (storage, names) =>
        showControlled(await control(operation.verb, storage, names.idOf(run), now), names)
    }
    default:
      return leaseAct(operation, around)
  }
}

function enqueueAct(sketches: readonly Sketch[], around: Surroundings): Act {
  const { now } = around
  const origin = around.runAt(0)
  const newNames = around.nextNames(sketches.length)
  return async (storage, names) => {
    const originId = origin === null ? null : names.idOf(origin)
    const answers = await storage.enqueue(
      sketches.map((sketch) => toNewRun(sketch, originId, now)),
      now,
    )
    return answers.map(({ run, created }, index) => {
      if (created) names.learn(newNames[index] ?? '', run.id)
      return { run: names.rename(run), created }
    })
  }
}

type LeaseOperation = Extract<Operation, { readonly verb: 'recordStep' | 'recordProgress' | 'settle' }>

function leaseAct(operation: LeaseOperation, around: Surroundings): Act | null {
  const { now } = around
  const lease = around.leaseAt(operation.lease)
  if (!lease) return null
  switch (operation.verb) {
    case 'recordProgress': {
      const progressJson = `{"current":${operation.current}}`
      return (storage, names) => storage.recordProgress(toLease(lease, names), progressJson, now)
    }
    case 'settle': {
      const outcome = toOutcome(operation.status, operation.sleepMs === null ? null : now + operation.sleepMs)
      return (storage, names) => storage.settle(toLease(lease, names), outcome, now)
    }
    case 'recordStep': {
      const name = `step ${operation.step}`
      const step = {
        name,
        digest: '',
        status: operation.failed ? 'failed' : 'completed',
        position: operation.step,
        attempt: around.attemptOf(lease, name),
        startedAt: now,
        outputJson: operation.failed ? null : `"at ${now}"`,
        errorJson: operation.failed ? `"at ${now}"` : null,
      } as const
      return (storage, names) => storage.recordStep(toLease(lease, names), step, now)
    }
  }
}

function control(
  verb: 'cancel' | 'retry' | 'remove',
  storage: Storage,
  id: string,
  now: number,
): Promise<Controlled> {
  switch (verb) {
    case 'cancel':
      return storage.cancel(id, now)
    case 'retry':
      return storage.retry(id, now)
    case 'remove':
      return storage.remove(id)
  }
}

function toNewRun(sketch: Sketch, originId: string | null, now: number): NewRun {
  return {
    jobName: sketch.job,
    inputJson: `"at ${now}"`,
    idempotencyKey: sketch.idempotencyKey,
    concurrencyKey: sketch.concurrencyKey,
    labels: sketch.label === null ? null : { label: sketch.label },
    readyAt: sketch.delayMs === null ? null : now + sketch.delayMs,
    originId,
  }
}

function toOutcome(status: Outcome['status'], wakeAt: number | null): Outcome {
  switch (status) {
    case 'completed':
      return { status, outputJson: '"done"' }
    case 'failed':
      return { status, errorJson: '"no"' }
    case 'suspended':
      return { status, wakeAt }
    case 'released':
      return { status }
  }
}

function claimRequest(
  jobNames: readonly string[],
  limit: number,
  { claimId, now }: Surroundings,
): ClaimRequest {
  return { jobNames, limit: () => limit, claimId, now, leaseMs: LEASE_MS }
}

function leasesAt(recent: readonly number[], around: Surroundings): readonly NamedLease[] {
  const leases = recent.map((at) => around.leaseAt(at)).filter((lease) => lease !== null)
  return [...new Map(leases.map((lease) => [`${lease.run} ${lease.generation}`, lease])).values()]
}

function toLease({ run, generation }: NamedLease, names: Names): Lease {
  return { runId: names.idOf(run), generation }
}

function toLeases(leases: readonly NamedLease[], names: Names): readonly Lease[] {
  return leases.map((lease) => toLease(lease, names))
}

function showClaim({ run, steps }: Claim, names: Names) {
  return { run: names.rename(run), steps: showSteps(steps, names) }
}

/** The recorded steps; a failure and a success that claim to be the same attempt may come in either order. */
export function showSteps(steps: readonly StepRecord[], names: Names): readonly StepRecord[] {
  return steps
    .map((step) => ({ ...step, runId: names.nameOf(step.runId) }))
    .toSorted((a, b) => a.position - b.position || a.attempt - b.attempt || a.status.localeCompare(b.status))
}

/** Whether a repetition says `changed` is left to the storage, since few can tell it from a second call. */
function showControlled({ run }: Controlled, names: Names): unknown {
  return run === null ? null : names.rename(run)
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.localeCompare(b.id)
}

function showUndefined(answer: unknown): unknown {
  return answer ?? 'done'
}

function codeOf(error: unknown): string {
  if (isDurablyError(error)) return `refused with ${error.code}`
  throw error
}
