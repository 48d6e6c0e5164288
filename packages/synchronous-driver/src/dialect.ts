import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { SynchronousDatabase } from './database.ts'
import { retryWhileBusy } from './retry-while-busy.ts'

/** A database for the application's own queries. */
export interface ApplicationDatabase {
  readonly database: SynchronousDatabase
  /** Waits for its turn; the answer ends the turn. */
  readonly acquire: () => Promise<() => void>
  readonly close: () => void
}

/**
 * A Kysely dialect for the application beside Durably. Its transactions begin with `BEGIN IMMEDIATE`, since one that reads first
 * and writes later fails as soon as someone else wrote in between; a busy database is waited for without blocking the event
 * loop, for up to five seconds.
 */
export function applicationDialect(connect: () => Promise<ApplicationDatabase>): Dialect {
  return {
    createDriver: () => new ApplicationDriver(connect),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

const BEGIN = CompiledQuery.raw('begin immediate')
const COMMIT = CompiledQuery.raw('commit')
const ROLLBACK = CompiledQuery.raw('rollback')
const WRITES = /^\s*(insert|update|delete|replace|with|create|alter|drop)\b/i

class ApplicationDriver extends SqliteDriver {
  readonly #application: () => ApplicationDatabase

  constructor(connect: () => Promise<ApplicationDatabase>) {
    let application: ApplicationDatabase | undefined
    super({
      database: async () => {
        application = await connect()
        const { database, close } = application
        return { prepare: (sql) => database.prepare(sql), close }
      },
    })
    this.#application = () => {
      if (application === undefined) throw new Error('the driver is used before its init')
      return application
    }
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const { database, acquire } = this.#application()
    const release = await acquire()
    return new ApplicationConnection(await super.acquireConnection(), database, release)
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await retryWhileBusy(() => connection.executeQuery(BEGIN))
  }

  override async releaseConnection(connection?: DatabaseConnection): Promise<void> {
    if (connection instanceof ApplicationConnection) connection.release()
  }
}

class ApplicationConnection implements DatabaseConnection {
  readonly release: () => void
  readonly #connection: DatabaseConnection
  readonly #database: SynchronousDatabase

  constructor(connection: DatabaseConnection, database: SynchronousDatabase, release: () => void) {
    this.#connection = connection
    this.#database = database
    this.release = release
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#database.inTransaction || !WRITES.test(query.sql))
      return this.#connection.executeQuery<R>(query)
    // Busy is met at BEGIN, where it is harmless: libsql cannot commit any more after a write of its own that was refused as busy.
    await retryWhileBusy(() => this.#connection.executeQuery(BEGIN))
    try {
      const result = await this.#connection.executeQuery<R>(query)
      await this.#connection.executeQuery(COMMIT)
      return result
    } catch (error) {
      if (this.#database.inTransaction) await this.#connection.executeQuery(ROLLBACK)
      throw error
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery<R>(query, chunkSize)
  }
}
