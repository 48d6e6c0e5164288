import type { QueryResult, Row, SqlValue } from '@durably/storage-kysely'
import type { SynchronousDatabase, SynchronousStatement } from './database.ts'

/** Durably's own texts are about a hundred; the rest is room for the application's. */
const STATEMENTS_KEPT = 500
const NO_PARAMETERS: readonly SqlValue[] = []
const NO_ROWS: readonly Row[] = []

/** A database whose statements are prepared once per text. */
export class PreparedDatabase {
  readonly #database: SynchronousDatabase
  readonly #statements = new Map<string, SynchronousStatement>()

  constructor(database: SynchronousDatabase) {
    this.#database = database
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  execute(sql: string, parameters: readonly SqlValue[], returnsRows: boolean): QueryResult {
    const statement = this.#statements.get(sql) ?? this.#prepare(sql)
    // Not interchangeable: a library may leave a statement open whose rows nobody fetched, and then refuses every commit.
    if (returnsRows) return { rows: statement.all(parameters) as Row[] }
    return { rows: NO_ROWS, changes: Number(statement.run(parameters).changes) }
  }

  /** Executes one of the short texts of transaction control. */
  control(sql: 'BEGIN IMMEDIATE' | 'COMMIT' | 'ROLLBACK'): void {
    this.execute(sql, NO_PARAMETERS, false)
  }

  /** Closes the database and lets go of the statements, which hold on to it in some libraries. */
  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #prepare(sql: string): SynchronousStatement {
    const statement = this.#database.prepare(sql)
    if (this.#statements.size >= STATEMENTS_KEPT) {
      const [oldest] = this.#statements.keys()
      if (oldest !== undefined) this.#statements.delete(oldest)
    }
    this.#statements.set(sql, statement)
    return statement
  }
}
