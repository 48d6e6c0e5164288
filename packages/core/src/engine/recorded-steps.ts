import type { StepRecord } from '../run/records.ts'

/** What is known of one step from before this execution. */
export interface PastStep {
  readonly position: number
  /** Recorded failures, forgotten ones included. */
  readonly failures: number
  /** The record in force: a completed step, or a failure that was not forgotten. Null: the body is executed. */
  readonly inForce: StepRecord | null
}

/** The steps recorded for a run, by name. A completed record wins over failures. */
export function indexSteps(records: readonly StepRecord[]): ReadonlyMap<string, PastStep> {
  const steps = new Map<string, PastStep>()
  for (const record of records) {
    const before = steps.get(record.name)
    const counts = record.status === 'completed' || !record.forgotten
    steps.set(record.name, {
      position: record.position,
      failures: (before?.failures ?? 0) + (record.status === 'failed' ? 1 : 0),
      inForce:
        before?.inForce?.status === 'completed'
          ? before.inForce
          : counts
            ? record
            : (before?.inForce ?? null),
    })
  }
  return steps
}

/** The position after the highest recorded one. */
export function nextPosition(records: readonly StepRecord[]): number {
  let next = 0
  for (const { position } of records) if (position >= next) next = position + 1
  return next
}
