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
      all: (parameters) => statement.all(parameters).map(withBytes),
      run: (parameters) => statement.run(parameters),
      iterate: (parameters) => eachWithBytes(statement.iterate(parameters)),
    }
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  close(): void {
    if (!this.#database.open) return
    // libsql lets go of the file when the garbage collector has found all statements, later than SQLite's own checkpoint on close
    // would come: without this the database file alone would be incomplete until then.
    if (!this.#database.inTransaction) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#database.close()
  }
}

function* eachWithBytes(rows: Iterable<unknown>): IterableIterator<unknown> {
  for (const row of rows) yield withBytes(row)
}
