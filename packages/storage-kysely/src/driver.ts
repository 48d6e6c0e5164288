import type { Coordination, Scheduler } from '@durably/core'
import type { Dialect } from 'kysely'

/**
 * What a SQLite library needs to do to carry Durably: open a connection, execute a list of statements as one transaction, and
 * read. The storage does everything else. Prove a driver with `driverSuite` and `storageSuite` of `@durably/conformance`.
 */
export interface SqliteDriver {
  /** Shown in messages: `better-sqlite3`. */
  readonly name: string
  readonly capabilities: SqliteCapabilities
  /** Present where only one instance at a time may own the database: the tabs of a browser. Handed on to the engine. */
  readonly coordination?: Coordination
  /** Keeps time better than the host's own timers. Handed on to the engine. */
  readonly scheduler?: Scheduler
  /**
   * Opens the database, sets the connection up (WAL, `synchronous`, `temp_store = memory`, busy timeout of at most 5 ms) and
   * reads the settings back. Called at the first use, and again at the next use after it rejected; never while a connection is
   * open. Rejects with a `DurablyError` that says what to do, or with the library's own error, which the storage then classifies.
   */
  open(): Promise<SqliteConnection>
}

/** What a driver declares about itself. */
export interface SqliteCapabilities {
  /** Does the data outlive the connection? False for memory. */
  readonly persistent: boolean
  /** May other processes open the same database at the same time? */
  readonly shared: boolean
  /** Does whoever opens the database own it alone (a tab with the lock, a Durable Object)? */
  readonly exclusive: boolean
  /**
   * May a failed `batch` have been committed all the same (a lost response of a remote server)? Then the batch is repeated; every
   * operation of the storage answers the same twice.
   */
  readonly outcomeMayBeUnknown: boolean
  /**
   * Do results of writes carry `changes`? Then the storage asks those that are fenced for no rows, which saves a run a fifth.
   * Default: false.
   */
  readonly countsChanges?: boolean
  /**
   * Is the connection one that the application made? Then its settings, and which numbers it binds, are as they are. Default: false.
   */
  readonly handedIn?: boolean
}

/** One open database. Calls are made one at a time, except `query`, which may run beside a `batch`. */
export interface SqliteConnection {
  /**
   * A Kysely dialect for the application's own queries on the same database. It opens connections of its own where the database
   * allows more than one, so that the application's transactions and ours never mix.
   */
  readonly dialect: Dialect
  /**
   * Executes the statements in order in one write transaction (`BEGIN IMMEDIATE`), all or none, and resolves after the commit
   * with one result a statement. Rejects with a `BatchError` that names the failed statement where it can be told. A list with
   * `late` statements binds their values when their turn has come.
   */
  batch(statements: readonly Statement[]): Promise<readonly QueryResult[]>
  /** Executes one reading statement outside any transaction of ours. */
  query(statement: Statement): Promise<QueryResult>
  /** Calls the listener when another process may have committed. Absent where that cannot be told cheaply. */
  watch?(listener: () => void): () => void
  /** Releases the database. Idempotent. */
  close(): Promise<void>
}

/** What can be bound: numbers may arrive as REAL, so INTEGER columns are STRICT and text is never bound as a number. */
export type SqlValue = string | number | null | Uint8Array

/** A statement of a finite set of texts; drivers cache prepared statements by `sql`. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  /**
   * Does it answer rows? Decided when the statement is compiled: a SELECT, or a write with RETURNING. Rows of a statement that
   * answers none are `[]`.
   */
  readonly returnsRows: boolean
  /** Replaces `parameters`, from the results of the statements before it in the same batch. */
  readonly late?: (resultsSoFar: readonly QueryResult[]) => readonly SqlValue[]
}

/** A row by column name. */
export type Row = Readonly<Record<string, SqlValue>>

/** What a statement answered. */
export interface QueryResult {
  readonly rows: readonly Row[]
  /** How many rows a write that answers none has stored, changed or deleted. Only of drivers that say `countsChanges`. */
  readonly changes?: number
}

/**
 * A batch that failed. Without `outcomeUnknown`, nothing of it is stored.
 */
export class BatchError extends Error {
  /** The statement that failed; null: the transaction as a whole (begin, commit), or not known. */
  readonly statementIndex: number | null
  /** The batch may have been committed: the connection broke before the answer came. */
  readonly outcomeUnknown: boolean

  constructor(
    cause: unknown,
    options: { readonly statementIndex: number | null; readonly outcomeUnknown: boolean },
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'BatchError'
    this.statementIndex = options.statementIndex
    this.outcomeUnknown = options.outcomeUnknown
  }
}
