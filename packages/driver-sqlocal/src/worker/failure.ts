import type { SentFailure } from './protocol.ts'

/** A failed statement of a batch. */
export class StatementFailure extends Error {
  readonly statementIndex: number | null

  constructor(cause: unknown, statementIndex: number | null) {
    super(messageOf(cause), { cause })
    this.name = 'StatementFailure'
    this.statementIndex = statementIndex
  }
}

/** The file is in the hands of another context. */
export class FileHeld extends Error {
  constructor(cause: unknown) {
    super(`The database file is open in another context: ${messageOf(cause)}`, { cause })
    this.name = 'FileHeld'
  }
}

const SQLITE_IOERR = 10
const SQLITE_FULL = 13
/** Usage is reported in steps, and a write that failed for lack of space leaves what it would have needed free. */
const NEARLY_FULL_BYTES = 4 * 1024 * 1024

/** Puts a failure into words that can be sent. */
export async function failureFrom(error: unknown): Promise<SentFailure> {
  const statementIndex = error instanceof StatementFailure ? error.statementIndex : null
  const original = error instanceof StatementFailure ? error.cause : error
  const resultCode = resultCodeOf(original)
  // A write beyond the quota fails like a broken disk; only the estimate tells them apart.
  const full = resultCode !== null && (resultCode & 0xff) === SQLITE_IOERR && (await isNearlyFull())
  return {
    message: messageOf(original),
    resultCode: full ? SQLITE_FULL : resultCode,
    statementIndex,
    ...(original instanceof FileHeld ? { held: true } : {}),
  }
}

function resultCodeOf(error: unknown): number | null {
  const { resultCode, name } = Object(error) as { resultCode?: unknown; name?: unknown }
  if (typeof resultCode === 'number') return resultCode
  return name === 'QuotaExceededError' ? SQLITE_FULL : null
}

async function isNearlyFull(): Promise<boolean> {
  const { quota = Number.POSITIVE_INFINITY, usage = 0 } = await navigator.storage.estimate()
  return quota - usage < NEARLY_FULL_BYTES
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
