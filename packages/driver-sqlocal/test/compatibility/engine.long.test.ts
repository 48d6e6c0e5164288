import { engineSuite } from '@durably/conformance'
import { sqlocal } from '@durably/driver-sqlocal'
import { describe, it } from 'vitest'
import { newClients } from './client.ts'

engineSuite({
  runner: { describe, it },
  lives: 5,
  async create() {
    const clients = newClients()
    const open = () => sqlocal({ client: clients.open() })
    return { storage: open(), openAgain: async () => open(), dispose: clients.dispose }
  },
})
