import type { NewLogEntry } from '@durably/core'
import { sql } from 'kysely'
import { nextId } from '../next-id.ts'
import { type Operation, weightOf } from '../operation.ts'
import { statement } from '../statement.ts'

/**
 * `[[runId, generation, id, stepName, level, message, data, createdAt], …]`. Fenced by the generation alone and not by the
 * status: the last lines of an attempt may arrive after its settle.
 */
const insertLogs = statement<{ entries: string }>()(
  (_, $) => sql<never>`
    INSERT INTO durably_logs (run_id, id, step_name, level, message, data, created_at)
    SELECT r.id, e.value->>2, e.value->>3, e.value->>4, e.value->>5, e.value->>6, e.value->>7
    FROM json_each(${$.entries}) AS e CROSS JOIN durably_runs AS r
    WHERE r.id = e.value->>0 AND r.generation = e.value->>1
    ON CONFLICT DO NOTHING`,
)

/** The lines of a run, oldest first, after the id of one of them. */
export const logsOfRun = statement<{ id: string; after: string; limit: number }>()((db, $) =>
  db
    .selectFrom('durably_logs')
    .selectAll()
    .where('run_id', '=', $.id)
    .where('id', '>', $.after)
    .orderBy('id')
    .limit($.limit),
)

/**
 * Stores log lines. Their ids are made here, so that the operation can be repeated. Messages are anything: half of a character, as
 * cutting leaves it, would become text in SQLite that is no UTF-8, which libSQL cannot read back (its library ends the process).
 */
export function appendLogs(entries: readonly NewLogEntry[]): Operation<void> {
  let textLength = 0
  for (const entry of entries) textLength += entry.message.length + (entry.dataJson?.length ?? 0)
  const rows = entries.map((entry) => [
    entry.runId,
    entry.generation,
    nextId(entry.createdAt),
    entry.stepName,
    entry.level,
    entry.message.toWellFormed(),
    entry.dataJson,
    entry.createdAt,
  ])
  return {
    weight: weightOf(entries.length, textLength),
    compose: () => [insertLogs.bind({ entries: JSON.stringify(rows) })],
    read: () => undefined,
  }
}
