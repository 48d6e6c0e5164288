import type { LogPage, LogRecord, RunFilter } from '../ports/storage.ts'
import type { RunRecord, StepRecord } from '../run/records.ts'
import type { MemoryDatabase, StoredRun } from './memory-database.ts'
import { inOrder } from './memory-database.ts'

/** One run by its id. */
export function getRun(database: MemoryDatabase, runId: string): RunRecord | null {
  return database.runs.get(runId)?.record ?? null
}

/** Newest first. */
export function getRuns(database: MemoryDatabase, filter: RunFilter): RunRecord[] {
  return database
    .select((run) => matches(run, filter))
    .reverse()
    .slice(0, filter.limit)
    .map((run) => run.record)
}

/** By position, then attempt. */
export function getSteps(database: MemoryDatabase, runId: string): readonly StepRecord[] {
  return inOrder(database.runs.get(runId)?.steps ?? [])
}

/** Oldest first. */
export function getLogs(database: MemoryDatabase, runId: string, { limit, cursor }: LogPage): LogRecord[] {
  const lines = database.runs.get(runId)?.logs ?? []
  return lines.filter((line) => cursor === null || line.id > cursor).slice(0, limit)
}

function matches({ record, labels }: StoredRun, filter: RunFilter): boolean {
  return (
    (filter.statuses === null || filter.statuses.includes(record.status)) &&
    (filter.jobNames === null || filter.jobNames.includes(record.jobName)) &&
    (filter.cursor === null || record.id < filter.cursor) &&
    Object.entries(filter.labels ?? {}).every(([name, value]) => labels.get(name) === value)
  )
}
