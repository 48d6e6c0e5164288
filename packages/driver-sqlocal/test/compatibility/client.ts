import { sqlocalDriver } from '@durably/driver-sqlocal'
import { SQLocal } from 'sqlocal'
import { newDatabasePath } from '../database.ts'

/** Clients of the application on one new database. */
export function newClients() {
  const databasePath = newDatabasePath()
  const clients: SQLocal[] = []
  return {
    open(): SQLocal {
      const client = new SQLocal({ databasePath })
      clients.push(client)
      return client
    },
    async dispose(): Promise<void> {
      for (const client of clients) await client.destroy(true)
      const root = await navigator.storage.getDirectory()
      for (const suffix of ['', '-journal']) await root.removeEntry(databasePath + suffix).catch(() => {})
    },
  }
}

/** A driver on a client of its own. */
export function newDriver(clients: ReturnType<typeof newClients>) {
  return sqlocalDriver({ client: clients.open() })
}
