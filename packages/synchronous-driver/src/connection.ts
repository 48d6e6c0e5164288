import { DurablyError } from '@durably/core'
import {
  BatchError,
  failureOf,
  type QueryResult,
  type SqliteConnection,
  type Statement,
} from '@durably/storage-kysely'
import type { Dialect } from 'kysely'
import type { SynchronousDatabase } from './database.ts'
import { realPath } from './one-library.ts'
import { PreparedDatabase } from './prepared-database.ts'
import { watchFile } from './watch-file.ts'

/** What a connection is made of. */
export interface ConnectionParts {
  readonly dialect: Dialect
  readonly database: SynchronousDatabase
  /** Opens the database anew. Null: there can be only this one (memory, or it belongs to the application). */
  readonly reopen: (() => SynchronousDatabase) | null
  /** The file to watch for commits of other processes. Null: nobody else can write, or it cannot be told. */
  readonly file: string | null
  /** Called by `close` instead of closing the database. Null: it is ours to close. */
  readonly giveBack: (() => void) | null
}

/** A connection on a synchronous library: a batch begins and commits without giving way to anything else. */
export class SynchronousConnection implements SqliteConnection {
  readonly dialect: Dialect
  readonly watch?: (listener: () => void) => () => void
  readonly #parts: ConnectionParts
  readonly #watches = new Set<() => void>()
  /** Undefined after a failure that the database did not recover from, until it is opened anew. */
  #database: PreparedDatabase | undefined
  #closed = false
  /** Batches so far: a sign of life of our own. */
  #commits = 0

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.dialect = parts.dialect
    this.#database = new PreparedDatabase(parts.database)
    const { file } = parts
    if (file !== null) this.watch = (listener) => this.#watch(realPath(file), listener)
  }

  async batch(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    this.#commits += 1
    const database = this.#begin()
    const results: QueryResult[] = []
    let statementIndex: number | null = 0
    try {
      for (const { sql, parameters, returnsRows, late } of statements) {
        results.push(database.execute(sql, late === undefined ? parameters : late(results), returnsRows))
        statementIndex += 1
      }
      statementIndex = null
      database.control('COMMIT')
      return results
    } catch (error) {
      this.#recover(database)
      throw new BatchError(error, { statementIndex, outcomeUnknown: false })
    }
  }

  async query({ sql, parameters, returnsRows }: Statement): Promise<QueryResult> {
    return this.#usable().execute(sql, parameters, returnsRows)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const stop of this.#watches) stop()
    const database = this.#database
    this.#database = undefined
    if (this.#parts.giveBack !== null) this.#parts.giveBack()
    else database?.close()
  }

  #begin(): PreparedDatabase {
    let database: PreparedDatabase | undefined
    try {
      database = this.#usable()
      database.control('BEGIN IMMEDIATE')
      return database
    } catch (error) {
      // The transaction found here is never ours, and so never ours to end: a batch that fails rolls back or gives the database up.
      const cause =
        database !== undefined && isHeldByApplication(database, error) ? heldByApplication(error) : error
      if (failureOf(cause) !== 'busy') this.#discard()
      throw new BatchError(cause, { statementIndex: null, outcomeUnknown: false })
    }
  }

  #usable(): PreparedDatabase {
    if (this.#closed) throw new DurablyError('STOPPED', 'This connection was closed.')
    if (this.#database === undefined && this.#parts.reopen !== null) {
      this.#database = new PreparedDatabase(this.#parts.reopen())
    }
    if (this.#database === undefined) throw new DurablyError('STOPPED', 'This database was closed.')
    return this.#database
  }

  /**
   * Rolls back, and proves that the connection still commits: after some failures a library keeps a statement pending, and refuses
   * every commit from then on.
   */
  #recover(database: PreparedDatabase): void {
    try {
      if (database.inTransaction) database.control('ROLLBACK')
      database.control('BEGIN IMMEDIATE')
      database.control('COMMIT')
    } catch (error) {
      if (database.inTransaction || failureOf(error) !== 'busy') this.#discard()
    }
  }

  #discard(): void {
    const database = this.#database
    if (database === undefined) return
    // Some libraries close late, when the garbage collector finds the statements, and would keep the write lock until then.
    quietly(() => database.inTransaction && database.control('ROLLBACK'))
    if (this.#parts.reopen === null) return
    this.#database = undefined
    quietly(() => database.close())
  }

  #watch(file: string, listener: () => void): () => void {
    if (this.#closed) return () => {}
    let seen = this.#dataVersion()
    const stop = watchFile(
      file,
      {
        hasChanged: () => {
          const before = seen
          seen = this.#dataVersion()
          return seen !== before
        },
        ownCommits: () => this.#commits,
      },
      listener,
    )
    this.#watches.add(stop)
    return () => {
      this.#watches.delete(stop)
      stop()
    }
  }

  /** Grows with each commit of another connection, never with our own. Null where it cannot be read: worth one look, not one after the other. */
  #dataVersion(): unknown {
    try {
      const { rows } = this.#usable().execute('PRAGMA data_version', [], true)
      return rows[0]?.['data_version']
    } catch {
      return null
    }
  }
}

/** For a database that is given up: what matters is that the next batch opens another one. */
function quietly(action: () => unknown): void {
  try {
    action()
  } catch {
    // It is broken already.
  }
}

function isHeldByApplication(database: PreparedDatabase, error: unknown): boolean {
  // better-sqlite3 also refuses while the application iterates over the rows of a statement.
  return database.inTransaction || (error instanceof TypeError && /busy executing/.test(error.message))
}

function heldByApplication(cause: unknown): DurablyError {
  return new DurablyError(
    'STORAGE_BUSY',
    'The application has a transaction or an iteration open on the same database connection. End it before awaiting Durably.',
    { cause },
  )
}
