import { DurablyError, type DurablyErrorCode } from '@durably/core'

/** Why a database refused, whatever library says so. */
export type SqlFailure =
  /** Another connection holds the lock; nothing was done. */
  | 'busy'
  | 'full'
  | 'read-only'
  /** The file could not be read or written. */
  | 'io'
  /** The file, or its folder, could not be opened. */
  | 'cannot-open'
  | 'corrupt'
  | 'not-a-database'
  /** Our tables are absent. */
  | 'not-migrated'
  /** A server does not send an answer of that size; nothing was done. */
  | 'too-large'
  /** A statement was refused, by a constraint or as such; the database is well. */
  | 'refused'
  /** None of the shapes we know. */
  | 'other'

/** What a library says, in the order they are looked for: SQLite's result name, its number, a code of someone else, the text. */
interface Signs {
  readonly failure: SqlFailure
  readonly names: readonly string[]
  readonly numbers: readonly number[]
  readonly otherCodes: readonly string[]
  readonly text: RegExp
}

const SIGNS: readonly Signs[] = [
  {
    failure: 'busy',
    names: ['BUSY', 'LOCKED', 'PROTOCOL'],
    numbers: [5, 6, 15],
    otherCodes: ['TRANSACTION_ACTIVE', 'STORAGE_BUSY'],
    // The last one: the application has a transaction open on a connection it shares with us.
    text: /database (table )?is locked|cannot start a transaction within a transaction/i,
  },
  {
    failure: 'full',
    names: ['FULL'],
    numbers: [13],
    otherCodes: ['ENOSPC', 'EDQUOT'],
    text: /disk is full/i,
  },
  {
    failure: 'read-only',
    names: ['READONLY'],
    numbers: [8],
    otherCodes: ['EROFS'],
    text: /readonly database/i,
  },
  {
    failure: 'cannot-open',
    names: ['CANTOPEN', 'PERM'],
    numbers: [14, 3],
    otherCodes: ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM'],
    text: /unable to open database|directory does not exist/i,
  },
  {
    failure: 'io',
    names: ['IOERR', 'NOMEM'],
    numbers: [10, 7],
    otherCodes: ['EIO'],
    text: /disk i\/o error/i,
  },
  { failure: 'corrupt', names: ['CORRUPT'], numbers: [11], otherCodes: [], text: /disk image is malformed/i },
  {
    failure: 'not-a-database',
    names: ['NOTADB'],
    numbers: [26],
    otherCodes: [],
    text: /file is not a database/i,
  },
  {
    failure: 'too-large',
    names: [],
    numbers: [],
    otherCodes: ['RESPONSE_TOO_LARGE'],
    text: /response is too large/i,
  },
  {
    failure: 'refused',
    names: ['CONSTRAINT', 'MISMATCH', 'TOOBIG', 'RANGE', 'AUTH', 'ERROR'],
    numbers: [19, 20, 18, 25, 23, 1],
    otherCodes: [],
    text: /constraint failed/i,
  },
]

/** Wrappers around wrappers end somewhere; a cause that leads back to itself does not. */
const MAX_CAUSES = 5

const NOT_MIGRATED = /no such table: (main\.)?durably_/i

/** Tells why the database refused, from the shapes the known SQLite libraries give their errors. */
export function failureOf(error: unknown): SqlFailure {
  for (const current of causesOf(error)) {
    if (NOT_MIGRATED.test(current.message)) return 'not-migrated'
    const failure = byCode(current)
    if (failure !== undefined && failure !== 'refused') return failure
    // SQLITE_ERROR covers a lot; the text may know better.
    const said = byText(current.message) ?? failure
    if (said !== undefined) return said
  }
  return 'other'
}

/** The error and what it was made from: wrappers keep the library's own error as their cause. */
function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < MAX_CAUSES; cause = cause.cause)
    causes.push(cause)
  return causes
}

function byCode(error: Error): SqlFailure | undefined {
  const { code, errcode, rawCode, resultCode } = error as {
    code?: unknown
    errcode?: unknown
    rawCode?: unknown
    resultCode?: unknown
  }
  const said = typeof code === 'string' ? code : ''
  const name = /^SQLITE_([A-Z]+)/.exec(said)?.[1]
  const number = [errcode, rawCode, resultCode].find((value) => typeof value === 'number')
  return SIGNS.find(
    (signs) =>
      (name !== undefined && signs.names.includes(name)) ||
      // The lower byte is the result; what stands above refines it.
      (number !== undefined && signs.numbers.includes(number & 0xff)) ||
      signs.otherCodes.includes(said),
  )?.failure
}

function byText(message: string): SqlFailure | undefined {
  const name = /\bSQLITE_([A-Z]+)/.exec(message)?.[1]
  return SIGNS.find((signs) => (name !== undefined && signs.names.includes(name)) || signs.text.test(message))
    ?.failure
}

interface Report {
  readonly code: DurablyErrorCode
  readonly says: string
  readonly retryable?: boolean
}

const REPORTS: Readonly<Record<SqlFailure, Report>> = {
  busy: {
    code: 'STORAGE_BUSY',
    says: 'is locked by another connection for longer than the busy timeout. Look for a transaction left open, or raise busyTimeoutMs.',
  },
  full: {
    code: 'STORAGE_FULL',
    says: 'cannot grow: the disk, or the quota, is full. Nothing of this call was stored; free some space.',
  },
  'read-only': {
    code: 'STORAGE_READ_ONLY',
    says: 'is read-only. Check the permissions of the file and its folder, and how it was opened.',
  },
  io: { code: 'STORAGE_IO', says: 'could not be read or written. Check the disk it lies on.' },
  'cannot-open': {
    code: 'STORAGE_IO',
    says: 'could not be opened. Check that the folder exists and that this process may read and write in it.',
  },
  corrupt: {
    code: 'STORAGE_IO',
    says: 'is damaged. Restore it from a backup, or let "PRAGMA integrity_check" say what is left of it.',
    retryable: false,
  },
  'not-a-database': {
    code: 'NOT_A_DATABASE',
    says: 'is not a SQLite database, or it is encrypted. Check the path.',
  },
  'not-migrated': {
    code: 'NOT_MIGRATED',
    says: 'has no Durably tables yet. Call migrate() once before using it.',
  },
  'too-large': {
    code: 'STORAGE_IO',
    says: 'does not answer that much at once: what a worker takes, inputs and recorded steps, has to fit. Keep them smaller, lower concurrency, or raise the limit of the server (sqld: --max-response-size).',
    retryable: false,
  },
  refused: { code: 'STORAGE_IO', says: 'refused a statement.', retryable: false },
  other: { code: 'STORAGE_IO', says: 'failed.' },
}

/** The error a caller gets for a failure of the database. One that is a `DurablyError` already stays as it is. */
export function toDurablyError(error: unknown, storage: string): DurablyError {
  const ours = causesOf(error).find((cause) => cause instanceof DurablyError)
  if (ours !== undefined) return ours
  const report = REPORTS[failureOf(error)]
  const detail = error instanceof Error ? error.message : String(error)
  return new DurablyError(report.code, `The database (${storage}) ${report.says} It said: ${detail}`, {
    cause: error,
    ...(report.retryable === undefined ? {} : { retryable: report.retryable }),
  })
}
