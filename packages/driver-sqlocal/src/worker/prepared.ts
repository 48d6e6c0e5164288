import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import { FastStatements } from './fast-statement.ts'
import type { SentResult, SentStatement, SentText, SentValue } from './protocol.ts'

const SQLITE_RANGE = 25
/** What may stand behind a statement: spaces and comments. */
const NOTHING = /^(?:[\s;]|--[^\n]*|\/\*[\s\S]*?\*\/)*$/

interface Prepared {
  readonly statement: PreparedStatement
  columns: readonly string[]
  readonly parameterCount: number
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
  run({ sql, returnsRows }: SentText, parameters: readonly SentValue[]): SentResult {
    let prepared = this.#kept.get(sql)
    if (prepared === undefined) {
      prepared = this.#prepare(sql)
      this.#kept.set(sql, prepared)
    }
    const { statement, parameterCount } = prepared
    requireCount(parameterCount, parameters)
    try {
      this.#fast.bind(statement, parameters)
      if (returnsRows) {
        const rows = this.#fast.readRows(statement, prepared.columns)
        prepared.columns = rows.columns
        return rows
      }
      this.#fast.execute(statement)
      return this.#changes()
    } finally {
      this.#fast.reset(statement)
    }
  }

  /** For texts that may never come again, with values of any kind. */
  runOnce({ sql, parameters }: SentStatement): SentResult {
    const { statement, columns, parameterCount } = this.#prepare(sql)
    try {
      this.#requireSingle(statement, sql)
      requireCount(parameterCount, parameters)
      if (parameters.length > 0) statement.bind(parameters as SentValue[])
      if (columns.length === 0) {
        statement.step()
        return this.#changes()
      }
      const values = columns.map((): SentValue[] => [])
      let count = 0
      for (; statement.step(); count++)
        for (const [column, list] of values.entries()) {
          const value = statement.get(column) as SentValue
          list.push(typeof value === 'string' ? this.#fast.readText(statement, column) : value)
        }
      return { columns, count, values }
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
    return {
      statement,
      columns: statement.columnCount > 0 ? statement.getColumnNames([]) : [],
      parameterCount: statement.parameterCount,
    }
  }

  #requireSingle(statement: PreparedStatement, sql: string): void {
    const rest = sql.slice(this.#sqlite3.capi.sqlite3_sql(statement).length)
    if (!NOTHING.test(rest)) throw new Error('Only one statement can be executed at a time.')
  }

  #changes(): number {
    return this.#sqlite3.capi.sqlite3_changes(this.#db)
  }
}

function requireCount(expected: number, parameters: readonly SentValue[]): void {
  if (parameters.length === expected) return
  throw Object.assign(new Error(`The statement has ${expected} parameters and got ${parameters.length}.`), {
    resultCode: SQLITE_RANGE,
  })
}
