import { DurablyError } from '../errors.ts'
import type {
  Controlled,
  Enqueued,
  Lease,
  NewLogEntry,
  NewRun,
  Outcome,
  PurgeRequest,
  RunRef,
} from '../ports/storage.ts'
import type { Transition } from '../run/lifecycle.ts'
import { canTransition, isTerminal } from '../run/lifecycle.ts'
import type { NewStep, RunRecord } from '../run/records.ts'
import type { MemoryDatabase, StoredRun } from './memory-database.ts'
import { hasProgressed, move } from './memory-database.ts'

/** Stores runs, or finds the one that has their idempotency key. */
export function enqueue(database: MemoryDatabase, runs: readonly NewRun[], now: number): Enqueued[] {
  return runs.map((run) => {
    const existing =
      run.idempotencyKey === null ? undefined : database.findByKey(run.jobName, run.idempotencyKey)
    if (existing) return { run: existing.record, created: false }
    const record = toRecord(run, database.nextId(now), now)
    const labels = new Map(Object.entries(run.labels ?? {}))
    database.runs.set(record.id, { record, claimId: null, labels, steps: [], logs: [] })
    return { run: record, created: true }
  })
}

/** Records a step once; the same generation may say it again. */
export function recordStep(database: MemoryDatabase, lease: Lease, step: NewStep, now: number): void {
  const run = held(database, lease)
  const recorded = run.steps.find(
    (known) =>
      known.name === step.name &&
      known.digest === step.digest &&
      known.status === step.status &&
      (step.status === 'completed' || known.attempt === step.attempt),
  )
  if (recorded && recorded.generation !== lease.generation) throw leaseLost(lease)
  if (recorded) return
  run.steps = [...run.steps, { ...step, ...lease, finishedAt: now, forgotten: false }]
}

/** Replaces the progress. */
export function recordProgress(database: MemoryDatabase, lease: Lease, progressJson: string): void {
  const run = held(database, lease)
  run.record = { ...run.record, progressJson }
}

const SETTLEMENTS = {
  completed: { transition: 'complete', status: 'completed' },
  failed: { transition: 'fail', status: 'failed' },
  suspended: { transition: 'suspend', status: 'suspended' },
  released: { transition: 'release', status: 'pending' },
} as const satisfies Record<Outcome['status'], { transition: Transition; status: RunRecord['status'] }>

/** Ends an attempt. Only the lease's holder can have brought the run where it wants it, so finding it there means done. */
export function settle(database: MemoryDatabase, lease: Lease, outcome: Outcome, now: number): void {
  const { transition, status } = SETTLEMENTS[outcome.status]
  const settled = database.runs.get(lease.runId)?.record
  if (settled?.generation === lease.generation && settled.status === status) return
  const run = held(database, lease)
  const startsAfresh = !isTerminal(status) && hasProgressed(run)
  move(run, transition, {
    recoveries: startsAfresh ? 0 : run.record.recoveries,
    outputJson: outcome.status === 'completed' ? outcome.outputJson : null,
    errorJson: outcome.status === 'failed' ? outcome.errorJson : null,
    dueAt: outcome.status === 'suspended' ? outcome.wakeAt : null,
    finishedAt: isTerminal(status) ? now : null,
  })
}

/** Ends a run from outside. */
export function cancel(database: MemoryDatabase, runId: string, now: number): Controlled {
  return control(database, runId, 'cancel', (run) => {
    move(run, 'cancel', { generation: run.record.generation + 1, finishedAt: now })
  })
}

/** Puts an ended run in line again, without the failures of its steps. */
export function retry(database: MemoryDatabase, runId: string): Controlled {
  return control(database, runId, 'retry', (run) => {
    run.steps = run.steps.map((step) => (step.status === 'failed' ? { ...step, forgotten: true } : step))
    move(run, 'retry', {
      generation: run.record.generation + 1,
      recoveries: 0,
      errorJson: null,
      finishedAt: null,
    })
  })
}

/** Deletes an ended run; its steps, labels and logs live in it. */
export function remove(database: MemoryDatabase, runId: string): Controlled {
  const run = database.runs.get(runId)?.record ?? null
  const changed = run !== null && isTerminal(run.status)
  if (changed) database.runs.delete(runId)
  return { changed, run }
}

/** Deletes ended runs, oldest first. */
export function purge(database: MemoryDatabase, request: PurgeRequest): RunRef[] {
  const statuses: readonly string[] = request.statuses
  const old = database.select(
    ({ record }) =>
      statuses.includes(record.status) &&
      record.finishedAt !== null &&
      record.finishedAt < request.finishedBefore,
  )
  return old.slice(0, request.limit).map(({ record }) => {
    database.runs.delete(record.id)
    return { id: record.id, jobName: record.jobName, labelsJson: record.labelsJson }
  })
}

/** Stores log lines. The generation alone decides, so the last lines of an attempt may come after it was settled. */
export function appendLogs(database: MemoryDatabase, entries: readonly NewLogEntry[]): void {
  for (const { generation, ...line } of entries) {
    const run = database.runs.get(line.runId)
    if (run?.record.generation === generation) run.logs.push({ ...line, id: database.nextId(line.createdAt) })
  }
}

function control(
  database: MemoryDatabase,
  runId: string,
  transition: Transition,
  act: (run: StoredRun) => void,
): Controlled {
  const run = database.runs.get(runId)
  const changed = run !== undefined && canTransition(transition, run.record.status)
  if (changed) act(run)
  return { changed, run: run?.record ?? null }
}

function held(database: MemoryDatabase, lease: Lease): StoredRun {
  const run = database.holder(lease)
  if (!run) throw leaseLost(lease)
  return run
}

function leaseLost({ runId, generation }: Lease): DurablyError {
  return new DurablyError(
    'LEASE_LOST',
    `Run ${runId} is no longer held under generation ${generation}. Another worker took it over, or it was cancelled; this attempt may stop.`,
    { details: { runId, generation } },
  )
}

function toRecord(run: NewRun, id: string, now: number): RunRecord {
  return {
    id,
    jobName: run.jobName,
    status: 'pending',
    generation: 0,
    recoveries: 0,
    idempotencyKey: run.idempotencyKey,
    concurrencyKey: run.concurrencyKey,
    labelsJson: run.labels === null ? null : JSON.stringify(run.labels),
    originId: run.originId,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    heartbeatAt: null,
    leaseEndsAt: null,
    dueAt: run.readyAt,
    inputJson: run.inputJson,
    outputJson: null,
    progressJson: null,
    errorJson: null,
  }
}
