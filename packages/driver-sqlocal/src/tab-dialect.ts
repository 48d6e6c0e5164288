import { DurablyError } from '@durably/core'
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
import type { Tab } from './tab/tab.ts'
import type { AnswerTo, DatabaseCall, SentValue } from './worker/protocol.ts'

/**
 * A Kysely dialect on the one connection there is. In a tab that follows, each statement is sent to the leader; a transaction is
 * refused there, since a tab that dies in the middle of one would leave it open for everybody.
 */
export function tabDialect(tab: Tab): Dialect {
  return {
    createDriver: () => new TabDriver(tab),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class TabDriver implements Driver {
  readonly #tab: Tab

  constructor(tab: Tab) {
    this.#tab = tab
  }

  async init(): Promise<void> {
    await this.#tab.join()
  }

  async acquireConnection(): Promise<ApplicationConnection> {
    return new ApplicationConnection(this.#tab)
  }

  beginTransaction(connection: ApplicationConnection): Promise<void> {
    return connection.begin()
  }

  commitTransaction(connection: ApplicationConnection): Promise<void> {
    return connection.end('commit')
  }

  rollbackTransaction(connection: ApplicationConnection): Promise<void> {
    return connection.end('rollback')
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

  /** The connection is Durably's; closing the storage ends it. */
  async destroy(): Promise<void> {}
}

class ApplicationConnection implements DatabaseConnection {
  readonly #tab: Tab
  #inTransaction = false

  constructor(tab: Tab) {
    this.#tab = tab
  }

  async begin(): Promise<void> {
    if (this.#tab.role !== 'leading') {
      throw new DurablyError(
        'CONFLICT',
        'A transaction can be opened only in the tab that leads. Use single statements here, or do the work in a step of a job.',
      )
    }
    await this.#call({ do: 'begin' })
    this.#inTransaction = true
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    this.#inTransaction = false
    await this.#call({ do: how })
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { columns, rows, changes } = await this.#call({
      do: 'execute',
      statement: { sql, parameters: parameters as readonly SentValue[], returnsRows: true },
      inTransaction: this.#inTransaction,
    })
    return {
      rows: rows.map(
        (values) => Object.fromEntries(columns.map((name, index) => [name, values[index]])) as R,
      ),
      numAffectedRows: BigInt(changes),
    }
  }

  // biome-ignore lint/correctness/useYield: the protocol answers a statement as a whole
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Rows cannot be streamed from the worker. Read them in pages instead.')
  }

  #call<Call extends DatabaseCall>(call: Call): Promise<AnswerTo<Call>> {
    return this.#tab.call(call) as Promise<AnswerTo<Call>>
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
