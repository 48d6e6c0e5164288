import { type FileOptions, type SqlocalStorage, sqlocal, sqlocalDriver } from '@durably/driver-sqlocal'
import type { KyselyStorageSettings, SqliteConnection, SqlValue, Statement } from '@durably/storage-kysely'
import { onTestFinished } from 'vitest'

let databases = 0

/** A name that no other test has, also not in another run on the same profile. */
export function newDatabasePath(): string {
  databases++
  return `test-${Date.now().toString(36)}-${databases}-${Math.random().toString(36).slice(2, 8)}.db`
}

/** The worker as esbuild bundles it. */
export function bundledWorker(): Worker {
  return new Worker('/dist-test/durably-worker.js', { type: 'module' })
}

/** A storage on a database of its own, which is closed and deleted when the test has ended. */
export function newStorage(settings: Partial<FileOptions> & KyselyStorageSettings = {}): SqlocalStorage {
  const databasePath = settings.databasePath ?? newDatabasePath()
  const storage = sqlocal({ persist: false, worker: bundledWorker, ...settings, databasePath })
  onTestFinished(async () => {
    await storage.close()
    await deleteFiles(databasePath)
  })
  return storage
}

/** A connection to a database of its own, both gone when the test has ended. */
export async function newConnection(options: Partial<FileOptions> = {}): Promise<SqliteConnection> {
  const databasePath = options.databasePath ?? newDatabasePath()
  const driver = sqlocalDriver({ persist: false, worker: bundledWorker, ...options, databasePath })
  const connection = await driver.open()
  onTestFinished(async () => {
    await connection.close()
    await deleteFiles(databasePath)
  })
  return connection
}

/** A statement as the storage sends them. */
export function statement(sql: string, ...parameters: readonly SqlValue[]): Statement {
  return { sql, parameters, returnsRows: /^(SELECT|PRAGMA)\b/.test(sql) }
}

/** A storage on a database, and the way to another tab's. Deletes the database in the end. */
export function newSubject() {
  const databasePath = newDatabasePath()
  const open = () => sqlocal({ databasePath, persist: false, worker: bundledWorker })
  return { storage: open(), openAgain: async () => open(), dispose: () => deleteFiles(databasePath) }
}

/** Removes what is left of a database, as soon as its last worker has let go of it. */
export async function deleteFiles(databasePath: string): Promise<void> {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle('.durably', { create: true })
  for (let attempt = 1; ; attempt++) {
    try {
      return await folder.removeEntry(encodeURIComponent(databasePath), { recursive: true })
    } catch (error) {
      if ((error as Error).name === 'NotFoundError') return
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
