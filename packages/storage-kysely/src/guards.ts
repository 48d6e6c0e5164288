import { type RunStatus, TRANSITIONS, type Transition } from '@durably/core'
import { type RawBuilder, sql } from 'kysely'

/** The states a transition leads out of, as a list of SQL literals: `'failed', 'cancelled'`. For `status IN (…)`. */
export function statusesBefore(transition: Transition): RawBuilder<RunStatus> {
  return sql.join<RunStatus>(TRANSITIONS[transition].from.map((status) => sql.lit(status)))
}

/** The state a transition leads to, as a SQL literal. */
export function statusAfter(transition: Transition): RawBuilder<RunStatus> {
  return sql.lit<RunStatus>(TRANSITIONS[transition].to)
}
