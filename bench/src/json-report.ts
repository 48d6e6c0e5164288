import type { Durability } from '@durably/bench-peers/engine'
import { figureOf, type Outcome, ratio } from './outcome.ts'
import { nameOf } from './run-trial.ts'

/** One figure of one system. */
export interface JsonFigure {
  readonly workload: string
  readonly system: string
  readonly durability: Durability
  readonly value: number
  readonly unit: string
  /** The value divided by that of the raw statements; null where there is none. */
  readonly ratioToRaw: number | null
}

/** The figures for `--json`. */
export function jsonReport(outcomes: readonly Outcome[]): readonly JsonFigure[] {
  return outcomes.flatMap((outcome) =>
    outcome.results.flatMap(({ entrant, figures }) => {
      const value = figures?.[outcome.row.figure]
      if (value === undefined) return []
      return {
        workload: outcome.row.title,
        system: nameOf(entrant),
        durability: outcome.trial.durability,
        value,
        unit: outcome.row.unit,
        ratioToRaw: ratio(value, figureOf(outcome, 'raw')),
      }
    }),
  )
}
