import type { Tally } from '@durably/bench-peers/engine'

/** A file nothing has been written to. */
export const EMPTY: Tally = { pending: 0, completed: 0, failed: 0, steps: 0 }

/** Throws unless the work since `before` is all there: a measurement of runs that were lost or done twice counts for nothing. */
export function checkWork(
  before: Tally,
  after: Tally,
  expected: {
    readonly completed: number
    readonly steps: number
    readonly pending?: number
    readonly failed?: number
  },
): void {
  const grown: Tally = {
    pending: after.pending - before.pending,
    completed: after.completed - before.completed,
    failed: after.failed - before.failed,
    steps: after.steps - before.steps,
  }
  const wanted: Tally = { ...EMPTY, ...expected }
  if (JSON.stringify(grown) === JSON.stringify(wanted)) return
  throw new Error(`expected ${JSON.stringify(wanted)} more in the database, found ${JSON.stringify(grown)}`)
}
