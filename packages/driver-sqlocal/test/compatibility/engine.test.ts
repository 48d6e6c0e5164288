import { engineSuite } from '@durably/conformance'
import { sqlocal } from '@durably/driver-sqlocal'
import { describe, it } from 'vitest'
import { newClients, TUNED } from './client.ts'

// On a client that its application has tuned, shared by all instances: with the settings it has otherwise, as in the other
// suites, each of these thousands of commits would take fifteen milliseconds.
engineSuite({
  runner: { describe, it },
  lives: 5,
  async create() {
    const clients = newClients(TUNED)
    const client = clients.open()
    const open = () => sqlocal({ client })
    return { storage: open(), openAgain: async () => open(), dispose: clients.dispose }
  },
})
