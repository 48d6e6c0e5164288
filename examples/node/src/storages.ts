import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import { libsql } from '@durably/driver-libsql'

/** The database file, opened with the SQLite library of choice: one line each, and nothing else in this example knows which. */
export const STORAGES = {
  libsql: (path: string) => libsql({ url: `file:${path}` }),
  'better-sqlite3': (path: string) => betterSqlite3({ path }),
}

/** The name of a driver this example can use. */
export type DriverName = keyof typeof STORAGES

/** Is this the name of a driver? */
export function isDriverName(name: string): name is DriverName {
  return Object.hasOwn(STORAGES, name)
}
