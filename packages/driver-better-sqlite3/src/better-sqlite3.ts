import { type KyselyStorage, type KyselyStorageSettings, kyselyStorage } from '@durably/storage-kysely'
import { betterSqlite3Driver } from './driver.ts'
import type { BetterSqlite3Options } from './options.ts'

/**
 * Durably on better-sqlite3.
 *
 * A file may be shared by any number of processes on one machine; it must be on a local disk. Do not open the same file with
 * another SQLite library (`node:sqlite`, `libsql`) in the same process: closing one drops the locks of the other.
 *
 * `await storage.dialect()` is a Kysely dialect for the application's own queries. On a file it opens a connection of its own; in
 * memory, and on a database handed in, there is only the one: do not await Durably inside a transaction there.
 *
 * @example
 * const durably = createDurably({ storage: betterSqlite3({ path: 'app.db' }) })
 * @throws DurablyError `OPTION_INVALID` for options that name no database. A file that cannot be opened is reported by the first
 * call that needs it, `migrate()` as a rule.
 */
export function betterSqlite3(options: BetterSqlite3Options & KyselyStorageSettings): KyselyStorage {
  return kyselyStorage({ ...options, driver: betterSqlite3Driver(options) })
}
