import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm'
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
  readonly #kept = new Map<string, Prepared>()

  constructor(sqlite3: Sqlite3Static, db: Database) {
    this.#sqlite3 = sqlite3
    this.#db = db
  }

  /** For texts of a finite set. */
  run(sent: SentStatement): SentResult {
    let prepared = this.#kept.get(sent.sql)
    if (prepared === undefined) {
      prepared = this.#prepare(sent.sql)
      this.#kept.set(sent.sql, prepared)
    }
    return this.#execute(prepared, sent)
  }

  /** For texts that may never come again. */
  runOnce(sent: SentStatement): SentResult {
    const prepared = this.#prepare(sent.sql)
    try {
      return this.#execute(prepared, { ...sent, returnsRows: prepared.columns.length > 0 })
    } finally {
      prepared.statement.finalize()
    }
  }

  /** To be called before the connection is closed. */
  dispose(): void {
    for (const { statement } of this.#kept.values()) statement.finalize()
    this.#kept.clear()
  }

  #prepare(sql: string): Prepared {
    const statement = this.#db.prepare(sql)
    return { statement, columns: statement.columnCount > 0 ? statement.getColumnNames([]) : [] }
  }

  #execute({ statement, columns }: Prepared, { parameters, returnsRows }: SentStatement): SentResult {
    if (parameters.length !== statement.parameterCount) {
      throw Object.assign(
        new Error(`The statement has ${statement.parameterCount} parameters and got ${parameters.length}.`),
        { resultCode: SQLITE_RANGE },
      )
    }
    const rows: SentValue[][] = []
    try {
      if (parameters.length > 0) this.#bind(statement, parameters)
      while (statement.step()) if (returnsRows) rows.push(statement.get([]) as SentValue[])
    } finally {
      statement.reset()
    }
    const changes = returnsRows ? rows.length : this.#sqlite3.capi.sqlite3_changes(this.#db)
    return { columns: returnsRows ? columns : [], rows, changes }
  }

  #bind(statement: PreparedStatement, parameters: readonly SentValue[]): void {
    statement.bind(parameters as SentValue[])
    // Taken for an integer of 64 bits, and cut to it.
    for (const [index, value] of parameters.entries()) {
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        this.#sqlite3.capi.sqlite3_bind_double(statement, index + 1, value as number)
    }
  }
}
