import type { Client, InValue, ResultSet, Transaction } from '@libsql/client'
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
import { withBytes } from './bytes.ts'
import { FORWARD_TO_PRIMARY } from './forward-to-primary.ts'

/** A client for the application's own queries. */
export interface ApplicationClient {
  readonly client: Client
  readonly close: () => void
}

/** A Kysely dialect on `@libsql/client`; transactions begin as writers. */
export function remoteDialect(connect: () => ApplicationClient): Dialect {
  return {
    createDriver: () => new RemoteDriver(connect()),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

const READS = /^\s*(select|with|values)\b/i

class RemoteDriver implements Driver {
  readonly #application: ApplicationClient

  constructor(application: ApplicationClient) {
    this.#application = application
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ClientConnection> {
    return new ClientConnection(this.#application.client)
  }

  async beginTransaction(connection: ClientConnection): Promise<void> {
    await connection.begin()
  }

  async commitTransaction(connection: ClientConnection): Promise<void> {
    await connection.end('commit')
  }

  async rollbackTransaction(connection: ClientConnection): Promise<void> {
    await connection.end('rollback')
  }

  async savepoint(connection: ClientConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
  }

  async rollbackToSavepoint(connection: ClientConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`))
  }

  async releaseSavepoint(connection: ClientConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#application.close()
  }
}

class ClientConnection implements DatabaseConnection {
  readonly #client: Client
  #transaction: Transaction | undefined

  constructor(client: Client) {
    this.#client = client
  }

  async begin(): Promise<void> {
    this.#transaction = await this.#client.transaction('write')
    await this.#transaction.execute(FORWARD_TO_PRIMARY)
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const transaction = this.#transaction
    this.#transaction = undefined
    try {
      await transaction?.[how]()
    } finally {
      transaction?.close()
    }
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const statement = { sql, args: parameters as InValue[] }
    if (this.#transaction !== undefined) return answered(await this.#transaction.execute(statement))
    if (!READS.test(sql)) return answered(await this.#client.execute(statement))
    const [, result] = await this.#client.batch([FORWARD_TO_PRIMARY, statement], 'deferred')
    return answered(result as ResultSet)
  }

  // biome-ignore lint/correctness/useYield: the protocol answers a statement as a whole
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('libSQL cannot stream rows. Read them in pages instead.')
  }
}

function answered<R>({ rows, rowsAffected, lastInsertRowid }: ResultSet): QueryResult<R> {
  return {
    rows: rows.map((row) => withBytes({ ...row }) as R),
    numAffectedRows: BigInt(rowsAffected),
    ...(lastInsertRowid === undefined ? {} : { insertId: lastInsertRowid }),
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
