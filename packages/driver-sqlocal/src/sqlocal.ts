import { DurablyError } from '@durably/core'
import { type KyselyStorageSettings, kyselyStorage, type SqliteDriver } from '@durably/storage-kysely'
import { askToPersist, requireStorage } from './browser-support.ts'
import { checkedFile, type SqlocalOptions } from './options.ts'
import type { SqlocalStorage } from './storage.ts'
import { Tab } from './tab/tab.ts'
import { tabCoordination } from './tab/tab-coordination.ts'
import { TabConnection } from './tab-connection.ts'
import { WorkerDatabase } from './worker-database.ts'
import { WorkerScheduler } from './worker-scheduler.ts'
import { makeWorker } from './worker-url.ts'

export function sqlocal(options: SqlocalOptions & KyselyStorageSettings): SqlocalStorage {
  if (options.client !== undefined) throw new DurablyError('OPTION_INVALID', 'not yet')
  const { databasePath, durability, openTimeoutMs, persist } = checkedFile(options)
  const scheduler = new WorkerScheduler()
  const database = new WorkerDatabase({
    makeWorker: options.worker ?? makeWorker,
    scheduler,
    place: { databasePath, durability },
  })
  const tab = new Tab({ databaseName: databasePath, database, scheduler, openTimeoutMs })
  if (persist) {
    const asked = tab.onRole((role) => {
      if (role !== 'leading') return
      asked()
      void askToPersist()
    })
  }
  const driver: SqliteDriver = {
    name: 'sqlocal',
    capabilities: {
      persistent: true,
      shared: true,
      exclusive: false,
      outcomeMayBeUnknown: true,
      countsChanges: true,
    },
    coordination: tabCoordination(tab),
    scheduler,
    async open() {
      await requireStorage()
      database.warmUp()
      await tab.join()
      return new TabConnection(tab)
    },
  }
  const storage = kyselyStorage({ scheduler, ...options, driver })
  return {
    ...storage,
    get role() {
      return tab.role
    },
    onRoleChange: (listener) => tab.onRole(listener),
    async info() {
      await tab.join()
      return {
        role: tab.role,
        storageType: 'opfs',
        sizeBytes: (await tab.call({ do: 'measure' })) as number,
        persisted: await navigator.storage.persisted(),
        tabs: tab.count,
      }
    },
    exportFile: async () => (await tab.call({ do: 'export' })) as Uint8Array,
    importFile: async (bytes) => void (await tab.call({ do: 'import', bytes })),
    deleteDatabase: async () => void (await tab.call({ do: 'delete' })),
    client: () => Promise.reject(new DurablyError('CONFLICT', 'not yet')),
  }
}
