import { storageSuite } from '@durably/conformance'
import { libsql } from '@durably/driver-libsql'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { emptyDatabase, type Sqld, sqldMissing, startSqld } from './sqld.ts'

const runner = { describe, it }
const missing = sqldMissing()
if (missing !== null) console.info(`Not tested against a server: ${missing}.`)

describe.skipIf(missing !== null)('a server', () => {
  let server: Sqld
  beforeAll(async () => {
    server = await startSqld()
  })
  afterAll(() => server.dispose())

  storageSuite({
    runner,
    async create() {
      await emptyDatabase(server)
      return { storage: libsql({ url: server.url }), openAgain: async () => libsql({ url: server.url }) }
    },
  })
})

describe.skipIf(missing !== null)('a replica, and its primary', () => {
  let primary: Sqld
  let replica: Sqld
  beforeAll(async () => {
    primary = await startSqld()
    replica = await startSqld({ replicaOf: primary })
  })
  afterAll(async () => {
    await replica.dispose()
    await primary.dispose()
  })

  storageSuite({
    runner,
    async create() {
      await emptyDatabase(primary)
      return { storage: libsql({ url: replica.url }), openAgain: async () => libsql({ url: primary.url }) }
    },
  })
})
