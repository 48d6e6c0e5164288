import type { Lease, LogRecord } from '../ports/storage.ts'
import type { Transition } from '../run/lifecycle.ts'
import { TRANSITIONS } from '../run/lifecycle.ts'
import type { RunRecord, StepRecord } from '../run/records.ts'

/** One run and what only the storage needs to know about it. */
export interface StoredRun {
  /** Replaced as a whole by each change, so a record that was handed out never changes. */
  record: RunRecord
  /** Under which claim it runs; null: it does not run. */
  claimId: string | null
  readonly labels: ReadonlyMap<string, string>
  steps: readonly StepRecord[]
  readonly logs: LogRecord[]
}

/** The data behind one or several memory storages. Lives as long as someone holds it. */
export class MemoryDatabase {
  #migrated = false
  /** By id, in order of creation, which is the order of ids. */
  readonly runs = new Map<string, StoredRun>()
  #lastTime = 0
  #counter = 0

  /** Was `migrate` called? */
  get migrated(): boolean {
    return this.#migrated
  }

  /** Stands for creating the tables. */
  migrate(): void {
    this.#migrated = true
  }

  /** A new id: a time that never goes backwards, then a counter, so that ids sort in order of creation. */
  nextId(now: number): string {
    this.#lastTime = Math.max(this.#lastTime, now)
    this.#counter += 1
    return digits(this.#lastTime, 10) + digits(this.#counter, 16)
  }

  /** The run that holds a job's idempotency key. */
  findByKey(jobName: string, idempotencyKey: string): StoredRun | undefined {
    return this.select(
      ({ record }) => record.jobName === jobName && record.idempotencyKey === idempotencyKey,
    )[0]
  }

  /** The run a lease still gives the right to execute: the fence of every write made for an attempt. */
  holder({ runId, generation }: Lease): StoredRun | undefined {
    const run = this.runs.get(runId)
    return run?.record.status === 'running' && run.record.generation === generation ? run : undefined
  }

  /** Oldest first. */
  select(matches: (run: StoredRun) => boolean): StoredRun[] {
    return [...this.runs.values()].filter(matches)
  }
}

/**
 * Moves a run along one edge of the lifecycle, the only way its status changes. Due time, lease and claim belong to the state
 * that is left, so they are gone unless `changes` brings new ones.
 */
export function move(
  run: StoredRun,
  transition: Transition,
  changes: Partial<RunRecord>,
  claimId: string | null = null,
): void {
  run.record = {
    ...run.record,
    dueAt: null,
    heartbeatAt: null,
    leaseEndsAt: null,
    ...changes,
    status: TRANSITIONS[transition].to,
  }
  run.claimId = claimId
}

/** Has the present attempt recorded a completed step? Then it is not the run that takes its process down at once. */
export function hasProgressed({ record, steps }: StoredRun): boolean {
  return steps.some((step) => step.status === 'completed' && step.generation === record.generation)
}

/** Steps as they are listed: by position, then attempt. */
export function inOrder(steps: readonly StepRecord[]): readonly StepRecord[] {
  return steps.toSorted((a, b) => a.position - b.position || a.attempt - b.attempt)
}

/** 32 digits that sort as text like the numbers they stand for, and cannot be misread. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function digits(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32))
    text = DIGITS.charAt(rest % 32) + text
  return text
}
