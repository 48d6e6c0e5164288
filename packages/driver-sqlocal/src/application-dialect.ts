import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

/** How the application's own statements reach the database: one after the other, and in transactions. */
export interface ApplicationSession {
  begin(): Promise<void>
  end(how: 'commit' | 'rollback'): Promise<void>
  execute(sql: string, parameters: readonly unknown[]): Promise<ApplicationResult>
}

/** What a statement of the application answered. */
export interface ApplicationResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly changes: number | bigint | undefined
}

/** A Kysely dialect on the connection that Durably uses too; destroying it leaves the connection alone. */
export function applicationDialect(open: () => ApplicationSession): Dialect {
  return {
    createDriver: () => new ApplicationDriver(open),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class ApplicationDriver implements Driver {
  readonly #open: () => ApplicationSession

  constructor(open: () => ApplicationSession) {
    this.#open = open
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ApplicationConnection> {
    return new ApplicationConnection(this.#open())
  }

  beginTransaction({ session }: ApplicationConnection): Promise<void> {
    return session.begin()
  }

  commitTransaction({ session }: ApplicationConnection): Promise<void> {
    return session.end('commit')
  }

  rollbackTransaction({ session }: ApplicationConnection): Promise<void> {
    return session.end('rollback')
  }

  async savepoint(connection: ApplicationConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
  }

  async rollbackToSavepoint(connection: ApplicationConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`))
  }

  async releaseSavepoint(connection: ApplicationConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class ApplicationConnection implements DatabaseConnection {
  readonly session: ApplicationSession

  constructor(session: ApplicationSession) {
    this.session = session
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.session.execute(sql, parameters)
    return {
      rows: rows as R[],
      ...(changes === undefined ? {} : { numAffectedRows: BigInt(changes) }),
    }
  }

  // biome-ignore lint/correctness/useYield: the protocol answers a statement as a whole
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Rows cannot be streamed from the worker. Read them in pages instead.')
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
