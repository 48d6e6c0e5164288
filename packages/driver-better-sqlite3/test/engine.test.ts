import { engineSuite } from '@durably/conformance'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import { describe, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

describe('a file', () => {
  engineSuite({
    runner: { describe, it },
    async create() {
      const folder = temporaryFolder()
      const path = folder.path('app.db')
      return {
        storage: betterSqlite3({ path, durability: 'process' }),
        openAgain: async () => betterSqlite3({ path, durability: 'process' }),
        dispose: async () => folder.remove(),
      }
    },
  })
})
