import type { Controlled, PurgeRequest, RunRef } from '@durably/core'
import { sql } from 'kysely'
import type { QueryResult } from '../driver.ts'
import type { Operation } from '../operation.ts'
import { RUN_COLUMNS, type RunRow, toRunRecord, toRunRef } from '../rows.ts'
import { statement } from '../statement.ts'
import { runById } from './queries.ts'

/** What belongs to a run, by its id. */
const CHILD_TABLES = ['durably_steps', 'durably_labels', 'durably_logs'] as const

/**
 * How far into the oldest ended runs a purge looks. With nothing expired it would otherwise read all of them, each time. A run
 * that lived long and stands before others in the order of creation can hold these up, at most until it expires itself.
 */
const PURGE_WINDOW = 1000

const deleteRun = statement<{ id: string }>()(
  (_, $) => sql<RunRow>`
    DELETE FROM durably_runs WHERE id = ${$.id} AND finished_at IS NOT NULL
    RETURNING ${sql.join(RUN_COLUMNS.map((column) => sql.ref(column)))}`,
)

/** Only when the run is gone, which it is not when it had not ended. */
const deleteOrphans = CHILD_TABLES.map((table) =>
  statement<{ id: string }>()(
    (_, $) => sql<never>`
      DELETE FROM ${sql.table(table)}
      WHERE run_id = ${$.id} AND NOT EXISTS (SELECT 1 FROM durably_runs AS r WHERE r.id = ${$.id})`,
  ),
)

/** The answer of a removal. */
export interface Removed extends Controlled {
  /** The run is gone, and an attempt of this call whose answer was lost may have deleted it. */
  readonly mayBeOurs: boolean
}

/** Deletes an ended run with all that belongs to it. */
export function remove(id: string): Operation<Removed> {
  return {
    weight: 1,
    compose: () => [
      deleteRun.bind({ id }),
      ...deleteOrphans.map((orphans) => orphans.bind({ id })),
      runById.bind({ id }),
    ],
    read(results, repeated) {
      const [deleted] = deleteRun.rows(results[0] as QueryResult)
      if (deleted !== undefined) return { changed: true, run: toRunRecord(deleted), mayBeOurs: true }
      const [kept] = runById.rows(results.at(-1) as QueryResult)
      if (kept !== undefined) return { changed: false, run: toRunRecord(kept), mayBeOurs: false }
      return { changed: false, run: null, mayBeOurs: repeated }
    },
  }
}

interface Expired extends Record<string, string | number> {
  readonly statuses: string
  readonly before: number
  readonly limit: number
}

/** The runs to delete, as `id`; the same list for every table, so the runs themselves go last. */
const expiredRuns = ($: Expired) => sql`
  SELECT c.id FROM json_each(${$.statuses}) AS s CROSS JOIN durably_runs AS c
  WHERE c.id IN (
    SELECT oldest.id FROM (
      SELECT p.id, p.finished_at FROM durably_runs AS p
      WHERE p.status = s.value AND p.finished_at IS NOT NULL
      ORDER BY p.id LIMIT ${sql.lit(PURGE_WINDOW)}
    ) AS oldest
    WHERE oldest.finished_at < ${$.before} LIMIT ${$.limit}
  )
  ORDER BY 1 LIMIT ${$.limit}`

const purgeChildren = CHILD_TABLES.map((table) =>
  statement<Expired>()(
    (_, $) => sql<never>`DELETE FROM ${sql.table(table)} WHERE run_id IN (${expiredRuns($)})`,
  ),
)

const purgeRuns = statement<Expired>()(
  (_, $) => sql<Pick<RunRow, 'id' | 'job_name' | 'labels'>>`
    DELETE FROM durably_runs WHERE id IN (${expiredRuns($)}) RETURNING id, job_name, labels`,
)

/** Deletes ended runs that finished before a time, with all that belongs to them. */
export function purge(request: PurgeRequest): Operation<readonly RunRef[]> {
  return {
    weight: request.limit,
    compose() {
      const expired = {
        statuses: JSON.stringify(request.statuses),
        before: request.finishedBefore,
        limit: Math.max(0, request.limit),
      }
      return [...purgeChildren.map((children) => children.bind(expired)), purgeRuns.bind(expired)]
    },
    read: (results) => purgeRuns.rows(results.at(-1) as QueryResult).map(toRunRef),
  }
}
