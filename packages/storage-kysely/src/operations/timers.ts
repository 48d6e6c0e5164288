import { sql } from 'kysely'
import type { Operation } from '../operation.ts'
import { statement } from '../statement.ts'

/** How many runs of one job a single wake-up handles. The rest is still due, and the next one's. */
const WOKEN_AT_ONCE = 1000

/** When the first delayed or sleeping run is due, of jobs `[name, …]`. */
export const firstDue = statement<{ jobs: string }>()(
  (_, $) => sql<{ due: number | null }>`
    SELECT min((
      SELECT n.ready_at FROM durably_runs AS n WHERE n.job_name = job.value AND n.ready_at > 0 ORDER BY n.ready_at LIMIT 1
    )) AS due
    FROM json_each(${$.jobs}) AS job`,
)

interface Due extends Record<string, string | number> {
  readonly jobs: string
  readonly now: number
  readonly limit: number
}

/** The runs that are due, as `id`. Each statement below takes its share away, so others may move up into the list. */
const dueRuns = ($: Due) => sql`
  SELECT c.id FROM json_each(${$.jobs}) AS job CROSS JOIN durably_runs AS c
  WHERE c.id IN (
    SELECT n.id FROM durably_runs AS n
    WHERE n.job_name = job.value AND n.ready_at > 0 AND n.ready_at <= ${$.now}
    ORDER BY n.ready_at LIMIT ${$.limit}
  )`

/** Heads of lines that are younger than a due run of their line go back into it. */
const yieldLines = statement<Due>()(
  (_, $) => sql<never>`
    UPDATE durably_runs SET ready_at = NULL
    WHERE id IN (
      SELECT h.id FROM durably_runs AS d
      CROSS JOIN durably_runs AS h ON h.concurrency_key = d.concurrency_key AND h.job_name = d.job_name AND h.ready_at = 0
      WHERE d.id IN (${dueRuns($)}) AND h.id > d.id
    )`,
)

/** Makes the oldest of each line claimable, whether it was waiting there or is due now; a run without a key is its own line. */
const wakeHeads = statement<Due>()(
  (_, $) => sql<never>`
    UPDATE OR IGNORE durably_runs SET status = 'pending', ready_at = 0
    WHERE id IN (
      SELECT min(d.id, coalesce((
        SELECT w.id FROM durably_runs AS w
        WHERE w.concurrency_key = d.concurrency_key AND w.job_name = d.job_name AND w.status = 'pending' AND w.ready_at IS NULL
        ORDER BY w.id LIMIT 1
      ), d.id))
      FROM durably_runs AS d WHERE d.id IN (${dueRuns($)})
    )`,
)

/**
 * What is still due and has an older head before it stands in line. A run that moved into the list only now, since those before it
 * left, has perhaps no head: it stays due, and is the next wake-up's.
 */
const standInLine = statement<Due>()(
  (_, $) => sql<never>`
    UPDATE durably_runs SET status = 'pending', ready_at = NULL
    WHERE id IN (
      SELECT d.id FROM durably_runs AS d
      CROSS JOIN durably_runs AS h ON h.concurrency_key = d.concurrency_key AND h.job_name = d.job_name AND h.ready_at = 0
      WHERE d.id IN (${dueRuns($)}) AND h.id < d.id
    )`,
)

/** Makes runs claimable whose time has come. */
export function wake(jobNames: readonly string[], now: number): Operation<void> {
  return {
    weight: WOKEN_AT_ONCE,
    compose() {
      const due = { jobs: JSON.stringify(jobNames), now, limit: WOKEN_AT_ONCE }
      return [yieldLines.bind(due), wakeHeads.bind(due), standInLine.bind(due)]
    },
    read: () => undefined,
  }
}
