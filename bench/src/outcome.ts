import type { Result } from './run-trial.ts'
import type { Bar, Role, Row, Trial, Workload } from './trial.ts'

/** A line of the result table with what was measured for it. */
export interface Outcome {
  readonly workload: Workload
  readonly trial: Trial
  readonly row: Row
  readonly results: readonly Result[]
}

/** Was the bar reached? Null: it could not be told, because something it needs was not measured. */
export function isMet(outcome: Outcome, bar: Bar): boolean | null {
  const value = figureOf(outcome, 'durably')
  const measured = bar.against === 'nothing' ? value : ratio(value, figureOf(outcome, bar.against))
  if (measured === null) return null
  return (
    measured >= (bar.atLeast ?? Number.NEGATIVE_INFINITY) &&
    measured <= (bar.atMost ?? Number.POSITIVE_INFINITY)
  )
}

/** The figure of the row that an entrant reached; null: not measured. */
export function figureOf({ row, results }: Outcome, role: Role): number | null {
  const result = results.find(({ entrant }) => entrant.role === role)
  return result?.figures?.[row.figure] ?? null
}

/** One figure divided by another; null when one of them is missing. */
export function ratio(value: number | null, other: number | null): number | null {
  return value === null || other === null || other === 0 ? null : value / other
}
