import { sql } from 'kysely'
import { statement } from '../statement.ts'

// Runs with a concurrency key stand in line, one line per key and job. Only the head of a line is claimable (`ready_at` is 0), so
// that 100,000 runs behind one busy key cost a claim nothing. A line has a head whenever no run of it is running; the claim then
// checks whether the key is free, since lines of several jobs may share it. One line per job keeps a job that this worker does
// not know from blocking the others.
//
// Admitting is a statement of its own: `INSERT … SELECT` sees the table as it was before, so the insert cannot know who is first.

/** Makes the first of each line claimable, for `[[concurrencyKey, jobName], …]`. Goes with whatever adds to a line. */
export const admitLines = statement<{ lines: string }>()(
  (_, $) => sql<never>`
    UPDATE OR IGNORE durably_runs SET ready_at = 0
    WHERE id IN (
      SELECT (
        SELECT w.id FROM durably_runs AS w
        WHERE w.concurrency_key = line.value->>0 AND w.job_name = line.value->>1 AND w.status = 'pending' AND w.ready_at IS NULL
        ORDER BY w.id LIMIT 1
      )
      FROM json_each(${$.lines}) AS line
      WHERE NOT EXISTS (
        SELECT 1 FROM durably_runs AS b
        WHERE b.concurrency_key = line.value->>0 AND b.status = 'running' AND b.job_name = line.value->>1
      )
    )`,
)

/** The same for the line of one run. Goes with whatever takes a run off its line, or puts it back. */
export const admitLineOf = statement<{ id: string }>()(
  (_, $) => sql<never>`
    UPDATE OR IGNORE durably_runs SET ready_at = 0
    WHERE id = (
      SELECT w.id
      FROM durably_runs AS me
      CROSS JOIN durably_runs AS w
        ON w.concurrency_key = me.concurrency_key AND w.job_name = me.job_name AND w.status = 'pending' AND w.ready_at IS NULL
      WHERE me.id = ${$.id} AND NOT EXISTS (
        SELECT 1 FROM durably_runs AS b
        WHERE b.concurrency_key = me.concurrency_key AND b.status = 'running' AND b.job_name = me.job_name
      )
      ORDER BY w.id LIMIT 1
    )`,
)

/**
 * Sends the head of this run's line back into it when the run, just put back, is the older one. Goes before `admitLineOf`, so that
 * a run that was handed back or retried starts before the runs created after it.
 */
export const yieldLineTo = statement<{ id: string }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs SET ready_at = NULL
    WHERE id = (
      SELECT h.id
      FROM durably_runs AS me
      CROSS JOIN durably_runs AS h
        ON h.concurrency_key = me.concurrency_key AND h.job_name = me.job_name AND h.ready_at = 0
      WHERE me.id = ${$.id} AND +me.status = 'pending' AND me.ready_at IS NULL AND h.id > me.id
    )`,
)
