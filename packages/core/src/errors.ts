/**
 * What went wrong, as a stable word. Branch on the code; the message is for people and may change.
 *
 * | code | meaning |
 * | --- | --- |
 * | `OPTION_INVALID` | an option or argument is nonsense; nothing was done |
 * | `INPUT_INVALID` `OUTPUT_INVALID` | the job's schema refused a value; `details.issues` lists why and where |
 * | `NOT_JSON` | a value cannot be stored as JSON; `details.path` says where |
 * | `LIMIT_EXCEEDED` | a value is larger, longer or deeper than the instance allows |
 * | `NAME_TAKEN` | a job or plugin of that name exists already |
 * | `STEP_NAME_CONFLICT` | two steps of one execution share a name, or a step was started inside another one |
 * | `NOT_FOUND` | no such run |
 * | `CONFLICT` | the run's status does not allow it |
 * | `RUN_FAILED` `RUN_CANCELLED` | the run that was waited for ended that way |
 * | `TIMEOUT` | a budget of the caller ran out |
 * | `POISON_RUN` | the run took its process down too often |
 * | `CORRUPT_ROW` | a stored value cannot be read |
 * | `NOT_MIGRATED` `SCHEMA_TOO_NEW` | the tables are absent, or made by a newer version |
 * | `LEASE_LOST` | another worker holds the run now; this attempt changes nothing any more |
 * | `STOPPED` | the instance was stopped or closed |
 * | `PLUGIN_FAILED` | a plugin could not be set up |
 * | `STORAGE_BUSY` `STORAGE_FULL` `STORAGE_READ_ONLY` `STORAGE_IO` | the database refused for a reason of its own |
 * | `STORAGE_UNAVAILABLE` | the host offers no place to store anything, or denies it |
 * | `NOT_A_DATABASE` | the file is something else |
 */
export type DurablyErrorCode =
  | 'OPTION_INVALID'
  | 'INPUT_INVALID'
  | 'OUTPUT_INVALID'
  | 'NOT_JSON'
  | 'LIMIT_EXCEEDED'
  | 'NAME_TAKEN'
  | 'STEP_NAME_CONFLICT'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'RUN_FAILED'
  | 'RUN_CANCELLED'
  | 'TIMEOUT'
  | 'POISON_RUN'
  | 'CORRUPT_ROW'
  | 'NOT_MIGRATED'
  | 'SCHEMA_TOO_NEW'
  | 'LEASE_LOST'
  | 'STOPPED'
  | 'PLUGIN_FAILED'
  | 'STORAGE_BUSY'
  | 'STORAGE_FULL'
  | 'STORAGE_READ_ONLY'
  | 'STORAGE_IO'
  | 'STORAGE_UNAVAILABLE'
  | 'NOT_A_DATABASE'

/** What an error carries besides code and message. */
export interface DurablyErrorOptions {
  /** The error this one was made from. */
  readonly cause?: unknown
  /** May the same call succeed later, unchanged? Default: true for `STORAGE_BUSY`, `STORAGE_FULL` and `STORAGE_IO`. */
  readonly retryable?: boolean
  /** Facts for programs: ids, paths, issues. */
  readonly details?: Readonly<Record<string, unknown>>
}

const BRAND = Symbol.for('@durably/core/DurablyError')
const RETRYABLE: readonly DurablyErrorCode[] = ['STORAGE_BUSY', 'STORAGE_FULL', 'STORAGE_IO']

/**
 * The one error class of Durably. `instanceof` also recognises errors of a second copy of this package.
 *
 * @example
 * try { await handle.trigger(input) }
 * catch (error) { if (error instanceof DurablyError && error.code === 'INPUT_INVALID') show(error.details.issues) }
 */
export class DurablyError extends Error {
  /** Stable within a major version: branch on it. */
  readonly code: DurablyErrorCode
  /** True when repeating the same call later may succeed. */
  readonly retryable: boolean
  /** Facts for programs: ids, paths, issues. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: DurablyErrorCode, message: string, options: DurablyErrorOptions = {}) {
    super(message, options)
    this.name = 'DurablyError'
    this.code = code
    this.retryable = options.retryable ?? RETRYABLE.includes(code)
    this.details = options.details ?? {}
    Object.defineProperty(this, BRAND, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      return typeof value === 'object' && value !== null && BRAND in value
    } catch {
      // A revoked proxy cannot even be asked.
      return false
    }
  }
}

/** Is this a Durably error, of this code when one is named? */
export function isDurablyError(value: unknown, code?: DurablyErrorCode): value is DurablyError {
  return value instanceof DurablyError && (code === undefined || value.code === code)
}
