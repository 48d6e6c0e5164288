import { onTestFinished } from 'vitest'
import type { SqliteDriver } from '../../src/driver.ts'
import { type KyselyStorage, kyselyStorage } from '../../src/kysely-storage.ts'
import { sqliteDriver } from './sqlite-driver.ts'
import { virtualScheduler } from './virtual-scheduler.ts'

/** A storage that waits in virtual time and is closed when the test is finished; not yet migrated. */
export function openStorage(driver: SqliteDriver = sqliteDriver()): KyselyStorage {
  const storage = kyselyStorage({ driver, scheduler: virtualScheduler(), random: () => 0.5 })
  onTestFinished(() => storage.close())
  return storage
}

/** The same, migrated. */
export async function migratedStorage(driver?: SqliteDriver): Promise<KyselyStorage> {
  const storage = openStorage(driver)
  await storage.migrate()
  return storage
}
