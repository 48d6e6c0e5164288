import type { Enqueued, NewRun, RunRecord } from '@durably/core'
import { sql } from 'kysely'
import type { Statement } from '../driver.ts'
import { nextId } from '../next-id.ts'
import { type Operation, weightOf } from '../operation.ts'
import { RUN_COLUMNS, type RunRow, toRunRecord } from '../rows.ts'
import { statement } from '../statement.ts'
import { admitLines } from './admit.ts'

/** One run in bound values: less than half the cost of the list form. */
const insertRun = statement<{
  id: string
  jobName: string
  readyAt: number | null
  idempotencyKey: string | null
  concurrencyKey: string | null
  originId: string | null
  labels: string | null
  now: number
  input: string
}>()((db, $) =>
  db
    .insertInto('durably_runs')
    .values({
      id: $.id,
      job_name: $.jobName,
      status: sql.lit('pending'),
      generation: sql.lit(0),
      recoveries: sql.lit(0),
      ready_at: $.readyAt,
      idempotency_key: $.idempotencyKey,
      concurrency_key: $.concurrencyKey,
      origin_id: $.originId,
      labels: $.labels,
      created_at: $.now,
      input: $.input,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** `[[id, jobName, readyAt, idempotencyKey, concurrencyKey, originId, labels, input], …]`, in the order of the list. */
const insertRuns = statement<{ runs: string; now: number }>()(
  // WHERE true: without it the parser takes ON for the condition of a join.
  (_, $) => sql<never>`
    INSERT INTO durably_runs
      (id, job_name, status, ready_at, idempotency_key, concurrency_key, origin_id, labels, created_at, input)
    SELECT value->>0, value->>1, 'pending', value->>2, value->>3, value->>4, value->>5, value->>6, ${$.now}, value->>7
    FROM json_each(${$.runs}) WHERE true ORDER BY key
    ON CONFLICT DO NOTHING`,
)

/** `[[id, readyAt, input], …]` of one job, with nothing else to say: a third cheaper, and what most large lists are. */
const insertPlainRuns = statement<{ jobName: string; runs: string; now: number }>()(
  (_, $) => sql<never>`
    INSERT INTO durably_runs (id, job_name, status, ready_at, created_at, input)
    SELECT value->>0, ${$.jobName}, 'pending', value->>1, ${$.now}, value->>2
    FROM json_each(${$.runs}) WHERE true ORDER BY key
    ON CONFLICT DO NOTHING`,
)

/** `[[runId, name, value], …]`; those of runs that were not stored are left out. */
const insertLabels = statement<{ labels: string }>()(
  (_, $) => sql<never>`
    INSERT INTO durably_labels (name, value, run_id)
    SELECT label.value->>1, label.value->>2, label.value->>0 FROM json_each(${$.labels}) AS label
    WHERE EXISTS (SELECT 1 FROM durably_runs AS r WHERE r.id = label.value->>0)
    ON CONFLICT DO NOTHING`,
)

/** The runs that hold these `[[jobName, idempotencyKey], …]` now, each with its position in the list. */
const runsByKey = statement<{ keys: string }>()(
  (_, $) => sql<RunRow & { position: number }>`
    SELECT wanted.key AS position, ${sql.join(RUN_COLUMNS.map((column) => sql.ref(`r.${column}`)))}
    FROM json_each(${$.keys}) AS wanted
    CROSS JOIN durably_runs AS r ON r.job_name = wanted.value->>0 AND r.idempotency_key = wanted.value->>1`,
)

/** Stores runs as `pending`. Ids are made here, before the first attempt, so that the operation can be repeated. */
export function enqueue(runs: readonly NewRun[], now: number): Operation<readonly Enqueued[]> {
  const sent = runs.map((run) => sentRecord(run, nextId(now), now))
  const labels = sent.flatMap((record, i) =>
    Object.entries(runs[i]?.labels ?? {}).map(([name, value]) => [record.id, name, value]),
  )
  const keyed = sent.filter((record) => record.idempotencyKey !== null)
  const lines = linesOf(sent)
  let textLength = 0
  for (const run of runs) textLength += run.inputJson.length

  return {
    weight: weightOf(runs.length + labels.length, textLength),
    compose() {
      const statements: Statement[] = [insert(sent, now)]
      if (labels.length > 0) statements.push(insertLabels.bind({ labels: JSON.stringify(labels) }))
      if (lines.length > 0) statements.push(admitLines.bind({ lines: JSON.stringify(lines) }))
      if (keyed.length > 0) {
        const keys = JSON.stringify(keyed.map((record) => [record.jobName, record.idempotencyKey]))
        statements.push(runsByKey.bind({ keys }))
      }
      return statements
    },
    read(results) {
      const stored = new Map<string, RunRecord>()
      const answer = keyed.length > 0 ? results.at(-1) : undefined
      if (answer !== undefined) {
        for (const row of runsByKey.rows(answer))
          stored.set((keyed[row.position] as RunRecord).id, toRunRecord(row))
      }
      return sent.map((record) => {
        // Not the row that `INSERT` returned, but whose id stands there now: the same answer when the call is repeated.
        const run = stored.get(record.id) ?? record
        return { run, created: run.id === record.id }
      })
    },
  }
}

function insert(records: readonly RunRecord[], now: number): Statement {
  const [first] = records
  if (first !== undefined && records.length === 1) {
    return insertRun.bind({
      id: first.id,
      jobName: first.jobName,
      readyAt: readyAt(first),
      idempotencyKey: first.idempotencyKey,
      concurrencyKey: first.concurrencyKey,
      originId: first.originId,
      labels: first.labelsJson,
      now,
      input: first.inputJson,
    })
  }
  if (first !== undefined && records.every((record) => isPlain(record, first.jobName))) {
    const runs = records.map((record) => [record.id, readyAt(record), record.inputJson])
    return insertPlainRuns.bind({ jobName: first.jobName, runs: JSON.stringify(runs), now })
  }
  const runs = records.map((record) => [
    record.id,
    record.jobName,
    readyAt(record),
    record.idempotencyKey,
    record.concurrencyKey,
    record.originId,
    record.labelsJson,
    record.inputJson,
  ])
  return insertRuns.bind({ runs: JSON.stringify(runs), now })
}

function isPlain(record: RunRecord, jobName: string): boolean {
  return (
    record.jobName === jobName &&
    record.idempotencyKey === null &&
    record.concurrencyKey === null &&
    record.originId === null &&
    record.labelsJson === null
  )
}

/** A delayed run carries its time, also with a key; an immediate one 0 and not a time, so that a clock set back delays nothing. */
function readyAt(record: RunRecord): number | null {
  if (record.dueAt !== null) return record.dueAt
  return record.concurrencyKey === null ? 0 : null
}

function linesOf(records: readonly RunRecord[]): readonly (readonly [string, string])[] {
  const lines = new Map<string, readonly [string, string]>()
  for (const { concurrencyKey, jobName } of records) {
    if (concurrencyKey !== null)
      lines.set(JSON.stringify([concurrencyKey, jobName]), [concurrencyKey, jobName])
  }
  return [...lines.values()]
}

function sentRecord(run: NewRun, id: string, now: number): RunRecord {
  return {
    id,
    jobName: run.jobName,
    status: 'pending',
    generation: 0,
    recoveries: 0,
    idempotencyKey: run.idempotencyKey,
    concurrencyKey: run.concurrencyKey,
    labelsJson: run.labels === null ? null : JSON.stringify(run.labels),
    originId: run.originId,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    heartbeatAt: null,
    leaseEndsAt: null,
    dueAt: run.readyAt !== null && run.readyAt > 0 ? run.readyAt : null,
    inputJson: run.inputJson,
    outputJson: null,
    progressJson: null,
    errorJson: null,
  }
}
