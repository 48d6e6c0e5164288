import { takeComplaint } from './disk-complaint.ts'
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

const SQLITE_FULL = 13
/** IOERR and CANTOPEN. */
const DISK_FAILURES: ReadonlySet<number> = new Set([10, 14])
const QUOTA_REACHED = 'QuotaExceededError'

/** Puts a failure into words that can be sent. */
export function failureFrom(error: unknown): SentFailure {
  const statementIndex = error instanceof StatementFailure ? error.statementIndex : null
  const original = error instanceof StatementFailure ? error.cause : error
  const code = resultCodeOf(original)
  // To SQLite, a write beyond the quota is a disk that is broken.
  const isDisk = code === null || DISK_FAILURES.has(code & 0xff)
  const complaint = takeComplaint()
  const isFull = nameOf(original) === QUOTA_REACHED || (isDisk && complaint?.name === QUOTA_REACHED)
  return {
    message: isFull ? 'database or disk is full: the quota of this site is used up' : messageOf(original),
    resultCode: isFull ? SQLITE_FULL : code,
    statementIndex,
    ...(original instanceof FileHeld ? { held: true } : {}),
  }
}

function resultCodeOf(error: unknown): number | null {
  const { resultCode } = Object(error) as { resultCode?: unknown }
  return typeof resultCode === 'number' ? resultCode : null
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
