import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import { FastStatements } from './fast-statement.ts'
import type { SentResult, SentStatement, SentValue } from './protocol.ts'

const SQLITE_RANGE = 25

interface Prepared {
  readonly statement: PreparedStatement
  readonly columns: readonly string[]
}

/** Executes statements on one connection, and keeps those prepared whose texts come again. */
export class PreparedStatements {
  readonly #sqlite3: Sqlite3Static
  readonly #db: Database
  readonly #fast: FastStatements
  readonly #kept = new Map<string, Prepared>()

  constructor(sqlite3: Sqlite3Static, db: Database) {
    this.#sqlite3 = sqlite3
    this.#db = db
    this.#fast = new FastStatements(sqlite3, db)
  }

  /** For texts of a finite set. */
  run({ sql, parameters, returnsRows }: SentStatement): SentResult {
    let prepared = this.#kept.get(sql)
    if (prepared === undefined) {
      prepared = this.#prepare(sql)
      this.#kept.set(sql, prepared)
    }
    const { statement } = prepared
    const columns = returnsRows ? prepared.columns : []
    requireCount(statement, parameters)
    try {
      this.#fast.bind(statement, parameters)
      const rows = this.#fast.execute(statement, columns.length)
      return { columns, rows, changes: returnsRows ? rows.length : this.#changes() }
    } finally {
      this.#fast.reset(statement)
    }
  }

  /** For texts that may never come again, with values of any kind. */
  runOnce({ sql, parameters }: SentStatement): SentResult {
    const { statement, columns } = this.#prepare(sql)
    try {
      requireCount(statement, parameters)
      if (parameters.length > 0) statement.bind(parameters as SentValue[])
      const rows: SentValue[][] = []
      while (statement.step()) if (columns.length > 0) rows.push(statement.get([]) as SentValue[])
      return { columns, rows, changes: columns.length > 0 ? rows.length : this.#changes() }
    } finally {
      statement.finalize()
    }
  }

  /** To be called before the connection is closed. */
  dispose(): void {
    for (const { statement } of this.#kept.values()) statement.finalize()
    this.#kept.clear()
    this.#fast.dispose()
  }

  #prepare(sql: string): Prepared {
    const statement = this.#db.prepare(sql)
    return { statement, columns: statement.columnCount > 0 ? statement.getColumnNames([]) : [] }
  }

  #changes(): number {
    return this.#sqlite3.capi.sqlite3_changes(this.#db)
  }
}

function requireCount(statement: PreparedStatement, parameters: readonly SentValue[]): void {
  if (parameters.length === statement.parameterCount) return
  throw Object.assign(
    new Error(`The statement has ${statement.parameterCount} parameters and got ${parameters.length}.`),
    { resultCode: SQLITE_RANGE },
  )
}
