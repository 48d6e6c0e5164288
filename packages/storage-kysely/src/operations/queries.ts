import { RUN_COLUMNS } from '../rows.ts'
import { statement } from '../statement.ts'

/** One run. */
export const runById = statement<{ id: string }>()((db, $) =>
  db.selectFrom('durably_runs').select(RUN_COLUMNS).where('id', '=', $.id),
)

/** The steps of a run in the order they were started, forgotten failures included. */
export const stepsOfRun = statement<{ id: string }>()((db, $) =>
  db
    .selectFrom('durably_steps')
    .selectAll()
    .where('run_id', '=', $.id)
    .orderBy('position')
    .orderBy('attempt'),
)
