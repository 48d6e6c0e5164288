import { driverSuite } from '@durably/conformance'
import { describe, it } from 'vitest'
import { newClients, newDriver } from './client.ts'

driverSuite({
  runner: { describe, it },
  async create() {
    const clients = newClients()
    return { driver: newDriver(clients), another: () => newDriver(clients), dispose: clients.dispose }
  },
})
