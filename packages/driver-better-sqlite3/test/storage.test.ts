import { storageSuite } from '@durably/conformance'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import { describe, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const runner = { describe, it }

describe('a file', () => {
  storageSuite({
    runner,
    async create() {
      const folder = temporaryFolder()
      const path = folder.path('app.db')
      return {
        storage: betterSqlite3({ path }),
        openAgain: async () => betterSqlite3({ path }),
        dispose: async () => folder.remove(),
      }
    },
  })
})

describe('memory', () => {
  storageSuite({ runner, create: async () => ({ storage: betterSqlite3({ path: ':memory:' }) }) })
})
