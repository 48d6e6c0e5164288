import { driverSuite } from '@durably/conformance'
import type { SqliteDriver } from '@durably/storage-kysely'
import { synchronousDriver } from '@durably/synchronous-driver'
import { describe, it } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { temporaryFolder } from './temporary-folder.ts'

const runner = { describe, it }

function nodeSqliteDriver(path: string): SqliteDriver {
  return synchronousDriver({ name: 'node:sqlite', path, openDatabase: nodeSqlite })
}

describe('a file', () => {
  driverSuite({
    runner,
    async create() {
      const folder = temporaryFolder()
      const path = folder.path('app.db')
      return {
        driver: nodeSqliteDriver(path),
        another: () => nodeSqliteDriver(path),
        dispose: async () => folder.remove(),
      }
    },
  })
})

describe('memory', () => {
  driverSuite({ runner, create: async () => ({ driver: nodeSqliteDriver(':memory:') }) })
})
