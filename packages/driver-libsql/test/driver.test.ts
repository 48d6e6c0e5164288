import { driverSuite } from '@durably/conformance'
import { libsqlDriver } from '@durably/driver-libsql'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { emptyDatabase, type Sqld, sqldMissing, startSqld } from './sqld.ts'
import { temporaryFolder } from './temporary-folder.ts'

const runner = { describe, it }

describe('a file', () => {
  driverSuite({
    runner,
    async create() {
      const folder = temporaryFolder()
      const path = folder.path('app.db')
      return {
        driver: libsqlDriver({ path }),
        another: () => libsqlDriver({ path }),
        dispose: async () => folder.remove(),
      }
    },
  })
})

describe('memory', () => {
  driverSuite({ runner, create: async () => ({ driver: libsqlDriver({ url: ':memory:' }) }) })
})

describe.skipIf(sqldMissing() !== null)('a server', () => {
  let server: Sqld
  beforeAll(async () => {
    server = await startSqld()
  })
  afterAll(() => server.dispose())

  driverSuite({
    runner,
    async create() {
      await emptyDatabase(server)
      return {
        driver: libsqlDriver({ url: server.url }),
        another: () => libsqlDriver({ url: server.url }),
      }
    },
  })
})

describe.skipIf(sqldMissing() !== null)('a replica, and its primary', () => {
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

  driverSuite({
    runner,
    async create() {
      await emptyDatabase(primary)
      return {
        driver: libsqlDriver({ url: replica.url }),
        another: () => libsqlDriver({ url: primary.url }),
      }
    },
  })
})
