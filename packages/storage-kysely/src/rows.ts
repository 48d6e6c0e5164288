import type { LogRecord, RunRecord, RunRef, StepRecord } from '@durably/core'
import type { LogsTable, RunsTable, StepsTable } from './schema.ts'

/** The columns a run is read from: all but the two that only the storage itself uses. */
export const RUN_COLUMNS = [
  'id',
  'job_name',
  'status',
  'generation',
  'ready_at',
  'heartbeat_at',
  'lease_ends_at',
  'recoveries',
  'idempotency_key',
  'concurrency_key',
  'origin_id',
  'labels',
  'created_at',
  'started_at',
  'finished_at',
  'progress',
  'error',
  'input',
  'output',
] as const satisfies readonly (keyof RunsTable)[]

/** A run as it is selected. */
export type RunRow = Pick<RunsTable, (typeof RUN_COLUMNS)[number]>

/** A step as it is selected. */
export type StepRow = StepsTable

/** A log line as it is selected. */
export type LogRow = LogsTable

// The functions below name every field: spreading a row costs several times as much.

export function toRunRecord(row: RunRow): RunRecord {
  return {
    id: row.id,
    jobName: row.job_name,
    status: row.status,
    generation: row.generation,
    recoveries: row.recoveries,
    idempotencyKey: row.idempotency_key,
    concurrencyKey: row.concurrency_key,
    labelsJson: row.labels,
    originId: row.origin_id,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    heartbeatAt: row.heartbeat_at,
    leaseEndsAt: row.lease_ends_at,
    dueAt: row.ready_at !== null && row.ready_at > 0 ? row.ready_at : null,
    inputJson: row.input,
    outputJson: row.output,
    progressJson: row.progress,
    errorJson: row.error,
  }
}

export function toRunRef(row: Pick<RunRow, 'id' | 'job_name' | 'labels'>): RunRef {
  return { id: row.id, jobName: row.job_name, labelsJson: row.labels }
}

export function toStepRecord(row: StepRow): StepRecord {
  return {
    runId: row.run_id,
    name: row.name,
    digest: row.digest,
    status: row.failure === 0 ? 'completed' : 'failed',
    position: row.position,
    generation: row.generation,
    attempt: row.attempt,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outputJson: row.output,
    errorJson: row.error,
    forgotten: row.failure < 0,
  }
}

export function toLogRecord(row: LogRow): LogRecord {
  return {
    id: row.id,
    runId: row.run_id,
    stepName: row.step_name,
    level: row.level,
    message: row.message,
    dataJson: row.data,
    createdAt: row.created_at,
  }
}
