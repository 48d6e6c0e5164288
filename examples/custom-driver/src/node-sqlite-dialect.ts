import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'

/** A Kysely dialect for the application's own queries: Kysely's own, with `node:sqlite` in the place of better-sqlite3. */
export function nodeSqliteDialect(open: () => DatabaseSync): Dialect {
  return new SqliteDialect({
    database: async () => {
      const database = open()
      return {
        close: () => database.close(),
        prepare(sql) {
          const statement = database.prepare(sql)
          const bound = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
          return {
            reader: statement.columns().length > 0,
            all: (parameters) => statement.all(...bound(parameters)),
            run: (parameters) => statement.run(...bound(parameters)),
            iterate: (parameters) => statement.iterate(...bound(parameters)),
          }
        },
      }
    },
  })
}
