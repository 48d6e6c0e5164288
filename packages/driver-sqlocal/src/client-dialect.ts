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
import type { SQLocal } from 'sqlocal'

type Transaction = Awaited<ReturnType<SQLocal['beginTransaction']>>

/** A Kysely dialect on a client that need not be sqlocal's own for Kysely. */
export function clientDialect(client: SQLocal): Dialect {
  return {
    createDriver: () => new ClientDriver(client),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class ClientDriver implements Driver {
  readonly #client: SQLocal

  constructor(client: SQLocal) {
    this.#client = client
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<StatementConnection> {
    return new StatementConnection(this.#client)
  }

  async beginTransaction(connection: StatementConnection): Promise<void> {
    connection.transaction = await this.#client.beginTransaction()
  }

  async commitTransaction(connection: StatementConnection): Promise<void> {
    const { transaction } = connection
    connection.transaction = null
    await transaction?.commit()
  }

  async rollbackTransaction(connection: StatementConnection): Promise<void> {
    const { transaction } = connection
    connection.transaction = null
    await transaction?.rollback()
  }

  async savepoint(connection: StatementConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
  }

  async rollbackToSavepoint(connection: StatementConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`))
  }

  async releaseSavepoint(connection: StatementConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`))
  }

  async releaseConnection(): Promise<void> {}

  /** The client stays the application's. */
  async destroy(): Promise<void> {}
}

class StatementConnection implements DatabaseConnection {
  readonly #client: SQLocal
  transaction: Transaction | null = null

  constructor(client: SQLocal) {
    this.#client = client
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, columns, numAffectedRows } = await this.#client.exec(
      sql,
      [...parameters],
      'all',
      this.transaction?.transactionKey,
    )
    return {
      rows: (rows as unknown[][]).map(
        (values) => Object.fromEntries(columns.map((name, index) => [name, values[index]])) as R,
      ),
      ...(numAffectedRows === undefined ? {} : { numAffectedRows: BigInt(numAffectedRows) }),
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
