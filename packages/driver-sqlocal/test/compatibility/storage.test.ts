import { storageSuite } from '@durably/conformance'
import { sqlocal } from '@durably/driver-sqlocal'
import { describe, it } from 'vitest'
import { newClients, TUNED } from './client.ts'

storageSuite({
  runner: { describe, it },
  async create() {
    const clients = newClients(TUNED)
    const client = clients.open()
    const open = () => sqlocal({ client })
    return { storage: open(), openAgain: async () => open(), dispose: clients.dispose }
  },
})
