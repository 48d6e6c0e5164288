import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { SynchronousDatabase } from '@durably/synchronous-driver'

/** The SQLite library of Node itself, in the shape a synchronous driver expects. */
export function nodeSqlite(path: string): SynchronousDatabase {
  const database = new DatabaseSync(path)
  return {
    get inTransaction() {
      return database.isTransaction
    },
    prepare(sql) {
      const statement = database.prepare(sql)
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      }
    },
    exec: (sql) => database.exec(sql),
    close: () => database.isOpen && database.close(),
  }
}
