import { driverSuite } from '@durably/conformance'
import { betterSqlite3Driver } from '@durably/driver-better-sqlite3'
import Database from 'better-sqlite3'
import { describe, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const runner = { describe, it }

describe('a file', () => {
  driverSuite({
    runner,
    async create() {
      const folder = temporaryFolder()
      const path = folder.path('app.db')
      return {
        driver: betterSqlite3Driver({ path }),
        another: () => betterSqlite3Driver({ path }),
        dispose: async () => folder.remove(),
      }
    },
  })
})

describe('memory', () => {
  driverSuite({ runner, create: async () => ({ driver: betterSqlite3Driver({ path: ':memory:' }) }) })
})

describe('a database handed in, with the settings recommended', () => {
  driverSuite({
    runner,
    async create() {
      const folder = temporaryFolder()
      const path = folder.path('app.db')
      const database = new Database(path, { timeout: 5 })
      database.pragma('journal_mode = wal')
      database.pragma('temp_store = memory')
      return {
        driver: betterSqlite3Driver({ database }),
        another: () => betterSqlite3Driver({ path }),
        async dispose() {
          database.close()
          folder.remove()
        },
      }
    },
  })
})
