import { sqlocalDriver } from '@durably/driver-sqlocal'
import { type ClientConfig, SQLocal } from 'sqlocal'
import { newDatabasePath } from '../database.ts'

/**
 * Settings of an application that shares one client between all instances: with sqlocal's own, as the suite of drivers has them,
 * each of the thousands of commits of the longer suites would take fifteen milliseconds.
 */
export const TUNED: Pick<ClientConfig, 'onInit'> = {
  onInit: () =>
    ['locking_mode = exclusive', 'journal_mode = wal', 'synchronous = normal'].map((setting) => ({
      sql: `PRAGMA ${setting}`,
      params: [],
    })),
}

/** Clients of the application on one new database. */
export function newClients(settings: Pick<ClientConfig, 'onInit'> = {}) {
  const databasePath = newDatabasePath()
  const clients: SQLocal[] = []
  return {
    open(): SQLocal {
      const client = new SQLocal({ databasePath, ...settings })
      clients.push(client)
      return client
    },
    async dispose(): Promise<void> {
      for (const client of clients) await client.destroy(true)
      await removeFiles(databasePath)
    },
  }
}

/** Removes what a client that has let go of its database left. */
export async function removeFiles(databasePath: string): Promise<void> {
  const root = await navigator.storage.getDirectory()
  for (const suffix of ['', '-journal']) await root.removeEntry(databasePath + suffix).catch(() => {})
}

/** A driver on a client of its own. */
export function newDriver(clients: ReturnType<typeof newClients>) {
  return sqlocalDriver({ client: clients.open() })
}
