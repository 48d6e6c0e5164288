import { engineSuite } from '@durably/conformance'
import { libsql } from '@durably/driver-libsql'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { emptyDatabase, type Sqld, sqldMissing, startSqld } from './sqld.ts'

const missing = sqldMissing()
if (missing !== null) console.info(`Not tested against a server: ${missing}.`)

describe.skipIf(missing !== null)('a server', () => {
  let server: Sqld
  beforeAll(async () => {
    server = await startSqld()
  })
  afterAll(() => server.dispose())

  engineSuite({
    runner: { describe, it },
    // Each life is several processes, and each of their commits a round trip.
    lives: 10,
    async create() {
      await emptyDatabase(server)
      return { storage: libsql({ url: server.url }), openAgain: async () => libsql({ url: server.url }) }
    },
  })
})
