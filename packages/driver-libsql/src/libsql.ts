import { type KyselyStorage, type KyselyStorageSettings, kyselyStorage } from '@durably/storage-kysely'
import { libsqlDriver } from './driver.ts'
import type { LibsqlOptions } from './options.ts'

/**
 * Durably on libSQL.
 *
 * A file may be shared by any number of processes on one machine; it must be on a local disk. Do not open the same file with
 * another SQLite library (`better-sqlite3`, `node:sqlite`) in the same process: closing one drops the locks of the other. A
 * server may be shared by any number of machines, and may be a replica.
 *
 * `await storage.dialect()` is a Kysely dialect for the application's own queries. On a file and on a server it opens a
 * connection of its own; in memory there is only the one: do not await Durably inside a transaction there.
 *
 * @example
 * const durably = createDurably({ storage: libsql({ url: 'file:app.db' }) })
 * const durably = createDurably({ storage: libsql({ url: 'libsql://db.example.com', authToken }) })
 * @throws DurablyError `OPTION_INVALID` for options that name no database. A file that cannot be opened, or a server that does not
 * answer, is reported by the first call that needs it, `migrate()` as a rule.
 */
export function libsql(options: LibsqlOptions & KyselyStorageSettings): KyselyStorage {
  return kyselyStorage({ ...options, driver: libsqlDriver(options) })
}
