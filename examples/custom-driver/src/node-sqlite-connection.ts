import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  BatchError,
  type QueryResult,
  type Row,
  type SqliteConnection,
  type SqlValue,
  type Statement,
} from '@durably/storage-kysely'
import type { Dialect } from 'kysely'

const NO_ROWS: QueryResult = { rows: [] }

/** One open database. `node:sqlite` is synchronous, so a batch begins and commits without anything else coming in between. */
export class NodeSqliteConnection implements SqliteConnection {
  readonly dialect: Dialect
  readonly #database: DatabaseSync
  /** By text. The texts are a finite set, so nothing needs to be thrown out. */
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, dialect: Dialect) {
    this.#database = database
    this.dialect = dialect
  }

  async batch(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    const results: QueryResult[] = []
    let statementIndex: number | null = null
    try {
      // Not a plain BEGIN: one that reads first and writes later fails as soon as another process wrote in between.
      this.#execute('BEGIN IMMEDIATE')
      for (const [index, { sql, parameters, late, returnsRows }] of statements.entries()) {
        statementIndex = index
        results.push(this.#execute(sql, late === undefined ? parameters : late(results), returnsRows))
      }
      statementIndex = null
      this.#execute('COMMIT')
      return results
    } catch (error) {
      // Some failures (a full disk) have ended the transaction already.
      if (this.#database.isOpen && this.#database.isTransaction) this.#execute('ROLLBACK')
      throw new BatchError(error, { statementIndex, outcomeUnknown: false })
    }
  }

  async query({ sql, parameters, returnsRows }: Statement): Promise<QueryResult> {
    return this.#execute(sql, parameters, returnsRows)
  }

  async close(): Promise<void> {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #execute(sql: string, parameters: readonly SqlValue[] = [], returnsRows = false): QueryResult {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    if (returnsRows) return { rows: statement.all(...parameters) as Row[] }
    statement.run(...parameters)
    return NO_ROWS
  }
}
