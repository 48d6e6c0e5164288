import { type KyselyStorageSettings, kyselyStorage, toDurablyError } from '@durably/storage-kysely'
import type { SqlocalOptions } from './options.ts'
import { modeOf } from './sqlocal-driver.ts'
import type { SqlocalStorage } from './storage.ts'

/**
 * Durably in the browser: SQLite in the origin private file system, for any number of tabs.
 *
 * Compose an instance in every tab and start it there. One tab leads: it owns the file and executes the runs. The others trigger,
 * read, cancel and hear every event through it; when it is closed, crashes or is frozen, another one leads and goes on with its
 * runs. Timers keep their pace in hidden tabs.
 *
 * @example
 * const durably = createDurably({ storage: sqlocal({ databasePath: 'app.db' }), jobs })
 * await durably.migrate()
 * durably.start()
 * @throws DurablyError `OPTION_INVALID` for options that name no database. What the browser denies is reported by the first call
 * that needs the database, `migrate()` as a rule, as `STORAGE_UNAVAILABLE`.
 */
export function sqlocal(options: SqlocalOptions & KyselyStorageSettings): SqlocalStorage {
  const mode = modeOf(options)
  const { tab, driver, scheduler } = mode
  const storage = kyselyStorage({ scheduler, ...options, driver })
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw toDurablyError(error, driver.name)
    }
  }
  return {
    ...storage,
    get role() {
      return tab.role
    },
    onRoleChange: (listener) => tab.onRole(listener),
    info: () =>
      named(
        (async () => {
          await mode.ready()
          const [storageType, sizeBytes, persisted] = await Promise.all([
            mode.storageType(),
            mode.sizeBytes(),
            navigator.storage.persisted(),
          ])
          return { role: tab.role, storageType, sizeBytes, persisted, tabs: tab.peers.count }
        })(),
      ),
    exportFile: () => named(mode.exportFile()),
    importFile: (bytes) => named(mode.importFile(bytes)),
    deleteDatabase: () => named(mode.deleteDatabase()),
    client: () => named(mode.client()),
  }
}
