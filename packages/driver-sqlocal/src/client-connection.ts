import {
  BatchError,
  type QueryResult,
  type Row,
  type SqliteConnection,
  type Statement,
} from '@durably/storage-kysely'
import type { Dialect } from 'kysely'
import type { SQLocal } from 'sqlocal'
import { applicationDialect } from './application-dialect.ts'
import { CallLost, stopped } from './call-errors.ts'
import { ClientSession } from './client-session.ts'
import type { Tab } from './tab/tab.ts'

/** Rejects with `CallLost` when the client does not answer in time: its worker is gone, or somebody keeps the database. */
export type Answered = <T>(answer: Promise<T>) => Promise<T>

/** A connection through a client of sqlocal, as every version and VFS of it offers. */
export class ClientConnection implements SqliteConnection {
  readonly dialect: Dialect
  readonly #client: SQLocal
  readonly #tab: Tab
  readonly #answered: Answered
  #isOpen = true

  constructor(client: SQLocal, tab: Tab, answered: Answered) {
    this.#client = client
    this.#tab = tab
    this.#answered = answered
    this.dialect = applicationDialect(() => new ClientSession(client))
  }

  async batch(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    try {
      this.#requireOpen()
      return statements.some(({ late }) => late !== undefined)
        ? await this.#answered(this.#stepwise(statements))
        : await this.#answered(this.#together(statements))
    } catch (error) {
      throw error instanceof BatchError ? error : batchError(error, null)
    } finally {
      // The leader looks for work that another tab has stored past it.
      if (this.#tab.role === 'following') this.#tab.peers.announce({ type: 'written' })
    }
  }

  async query({ sql, parameters }: Statement): Promise<QueryResult> {
    this.#requireOpen()
    return { rows: (await this.#answered(this.#client.sql(sql, ...parameters))) as Row[] }
  }

  watch(listener: () => void): () => void {
    return this.#tab.peers.onWrite(listener)
  }

  /** The client stays the application's. */
  close(): Promise<void> {
    this.#isOpen = false
    return this.#tab.close()
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw stopped()
  }

  async #together(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    const results = await this.#client.batch<Row>(() =>
      statements.map(({ sql, parameters }) => ({ sql, params: [...parameters] })),
    )
    return results.map((rows, index) => ({ rows: statements[index]?.returnsRows ? rows : [] }))
  }

  /** Late values need the earlier results on this side. */
  async #stepwise(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    let running: number | null = null
    try {
      return await this.#client.transaction(async (transaction) => {
        const results: QueryResult[] = []
        for (running = 0; running < statements.length; running++) {
          const { sql, parameters, late } = statements[running] as Statement
          const rows = await transaction.sql<Row>(sql, ...(late === undefined ? parameters : late(results)))
          results.push({ rows })
        }
        running = null
        return results
      })
    } catch (error) {
      throw batchError(error, running)
    }
  }
}

/** sqlocal says which statement failed only in words, and rolls back whatever it was. */
function batchError(error: unknown, statementIndex: number | null): BatchError {
  return new BatchError(error, { statementIndex, outcomeUnknown: error instanceof CallLost })
}
