import { isTerminal, RUN_STATUSES, type RunFilter, type RunStatus } from '@durably/core'
import { type RawBuilder, sql } from 'kysely'
import type { Statement } from '../driver.ts'
import { RUN_COLUMNS, type RunRow } from '../rows.ts'
import { statement } from '../statement.ts'

// Four texts, chosen by which filters are given; each drives on the index that suits it and treats the other filters as
// conditions on what that index finds.

/** Greater than every id. */
const NO_CURSOR = '\uffff'

/** Of these a database may hold millions, of which few are of the wanted jobs: with a job given, that is what drives. */
const FREQUENT: ReadonlySet<RunStatus> = new Set(['pending', 'completed'])

interface Page extends Record<string, string | number | null> {
  readonly cursor: string
  readonly limit: number
}

interface Conditions extends Page {
  /** `[name, …]`; null: any. */
  readonly jobs: string | null
  /** `[status, …]`; null: any. */
  readonly statuses: string | null
}

/** The plus keeps these conditions from choosing the index. */
const ofJobs = ($: { jobs: string | null }) => sql<boolean>`
  (${$.jobs} IS NULL OR +r.job_name IN (SELECT value FROM json_each(${$.jobs})))`
const ofStatuses = ($: { statuses: string | null }) => sql<boolean>`
  (${$.statuses} IS NULL OR +r.status IN (SELECT value FROM json_each(${$.statuses})))`

const columns = sql.join(RUN_COLUMNS.map((column) => sql.ref(`run.${column}`)))
const runsOf = (ids: RawBuilder<unknown>) => sql<RunRow>`
  SELECT ${columns} FROM durably_runs AS run WHERE run.id IN (${ids}) ORDER BY run.id DESC`

const allRuns = statement<Page>()((db, $) =>
  db
    .selectFrom('durably_runs')
    .select(RUN_COLUMNS)
    .where('id', '<', $.cursor)
    .orderBy('id', 'desc')
    .limit($.limit),
)

const runsByJob = statement<Conditions>()((_, $) =>
  runsOf(sql`
    SELECT c.id FROM json_each(${$.jobs}) AS job CROSS JOIN durably_runs AS c
    WHERE c.id IN (
      SELECT r.id FROM durably_runs AS r
      WHERE r.job_name = job.value AND r.id < ${$.cursor} AND ${ofStatuses($)}
      ORDER BY r.id DESC LIMIT ${$.limit}
    )
    ORDER BY c.id DESC LIMIT ${$.limit}`),
)

type ByStatus = Page & { readonly jobs: string | null } & Record<RunStatus, number>

/**
 * One branch a status, switched on by a bound 1; a branch that is off costs nothing. The status is a literal, or the partial
 * index is not seen, and each branch names its index, or the planner may prefer to walk the primary key.
 */
const runsByStatus = statement<ByStatus>()((_, $) => {
  const branch = (status: RunStatus) => sql`
    SELECT id FROM (
      SELECT r.id FROM durably_runs AS r INDEXED BY ${sql.ref(isTerminal(status) ? 'durably_runs_finished' : `durably_runs_${status}`)}
      WHERE ${$[status]} AND r.status = ${sql.lit(status)} ${isTerminal(status) ? sql`AND r.finished_at IS NOT NULL` : sql``}
        AND r.id < ${$.cursor} AND ${ofJobs($)}
      ORDER BY r.id DESC LIMIT ${$.limit}
    )`
  // At most three terms a level: some hosts allow no more than five in a compound SELECT.
  return runsOf(sql`
    SELECT id FROM (
      SELECT id FROM (${branch('pending')} UNION ALL ${branch('suspended')} UNION ALL ${branch('running')})
      UNION ALL
      SELECT id FROM (${branch('completed')} UNION ALL ${branch('failed')} UNION ALL ${branch('cancelled')})
    )
    ORDER BY id DESC LIMIT ${$.limit}`)
})

/** How far labels are counted to find the rarest. */
const RARE = 1000

/** The rarest of several labels `[[name, value], …]` drives, since a frequent one would be read whole; the others are counted. */
const runsByLabels = statement<Conditions & { labels: string; labelCount: number }>()((_, $) => {
  const rarest = (part: 0 | 1) => sql`(
    SELECT rare.value->>${sql.lit(part)} FROM json_each(${$.labels}) AS rare
    ORDER BY CASE WHEN ${$.labelCount} > 1 THEN (
      SELECT count(*) FROM (
        SELECT 1 FROM durably_labels AS x WHERE x.name = rare.value->>0 AND x.value = rare.value->>1 LIMIT ${sql.lit(RARE)}
      )
    ) END, rare.key LIMIT 1
  )`
  return runsOf(sql`
    SELECT l.run_id FROM durably_labels AS l CROSS JOIN durably_runs AS r ON r.id = l.run_id
    WHERE l.name = ${rarest(0)} AND l.value = ${rarest(1)} AND l.run_id < ${$.cursor}
      AND (${$.labelCount} = 1 OR ${$.labelCount} = (
        SELECT count(*) FROM json_each(${$.labels}) AS other CROSS JOIN durably_labels AS x
        WHERE x.name = other.value->>0 AND x.value = other.value->>1 AND x.run_id = l.run_id
      ))
      AND ${ofStatuses($)} AND ${ofJobs($)}
    ORDER BY l.run_id DESC LIMIT ${$.limit}`)
})

/** The statement that lists these runs, newest first; null when nothing can match. Its rows are `RunRow`s. */
export function listRuns(filter: RunFilter): Statement | null {
  const { statuses } = filter
  // Each once: a name given twice would take its share of the page twice.
  const jobNames = filter.jobNames === null ? null : [...new Set(filter.jobNames)]
  if (filter.limit <= 0 || statuses?.length === 0 || jobNames?.length === 0) return null
  const page = { cursor: filter.cursor ?? NO_CURSOR, limit: filter.limit }
  const conditions = {
    ...page,
    jobs: jobNames === null ? null : JSON.stringify(jobNames),
    statuses: statuses === null ? null : JSON.stringify(statuses),
  }
  const labels = Object.entries(filter.labels ?? {})
  if (labels.length > 0) {
    return runsByLabels.bind({ ...conditions, labels: JSON.stringify(labels), labelCount: labels.length })
  }
  if (statuses !== null && (jobNames === null || !statuses.some((status) => FREQUENT.has(status)))) {
    return runsByStatus.bind({ ...page, jobs: conditions.jobs, ...switches(statuses) })
  }
  return jobNames === null ? allRuns.bind(page) : runsByJob.bind(conditions)
}

function switches(statuses: readonly RunStatus[]): Record<RunStatus, number> {
  return Object.fromEntries(
    RUN_STATUSES.map((status) => [status, statuses.includes(status) ? 1 : 0]),
  ) as Record<RunStatus, number>
}
