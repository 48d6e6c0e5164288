import type { SynchronousDatabase, SynchronousStatement } from '@durably/synchronous-driver'
import Database from 'libsql'
import { withBytes } from './bytes.ts'

/** A connection of the synchronous `libsql` package in the shape that `synchronousDriver` expects. */
export class LibsqlDatabase implements SynchronousDatabase {
  readonly #database: Database.Database

  constructor(path: string) {
    this.#database = new Database(path, { timeout: 0 })
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  prepare(sql: string): SynchronousStatement {
    const statement = this.#database.prepare(sql)
    return {
      reader: statement.reader,
      all(parameters) {
        const rows = statement.all(parameters)
        rows.forEach(withBytes)
        return rows
      },
      run: (parameters) => statement.run(parameters),
      iterate: (parameters) => eachWithBytes(statement.iterate(parameters)),
    }
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  close(): void {
    if (!this.#database.open) return
    this.#checkpoint()
    this.#database.close()
  }

  /**
   * libsql lets go of a closed file only when the garbage collector has found all its statements. SQLite's own checkpoint would
   * come as late, and until then the database file alone would be incomplete.
   */
  #checkpoint(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Not a database, or a transaction is open: the log beside the file keeps what was committed.
    }
  }
}

function* eachWithBytes(rows: Iterable<unknown>): IterableIterator<unknown> {
  for (const row of rows) yield withBytes(row)
}
