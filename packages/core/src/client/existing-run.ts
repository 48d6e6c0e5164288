import { DurablyError } from '../errors.ts'
import { optionError } from '../options.ts'

/** An id a caller names a run by. @throws DurablyError `OPTION_INVALID` when it is no text */
export function requireId(runId: unknown): string {
  if (typeof runId === 'string') return runId
  throw optionError('runId', 'the id of a run', runId)
}

/** The run a caller named. @throws DurablyError `NOT_FOUND` */
export function found<T>(record: T | null, runId: string): T {
  if (record) return record
  throw new DurablyError('NOT_FOUND', `There is no run ${JSON.stringify(runId)}.`, { details: { runId } })
}
