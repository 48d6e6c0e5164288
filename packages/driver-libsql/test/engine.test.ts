import { engineSuite } from '@durably/conformance'
import { libsql } from '@durably/driver-libsql'
import { describe, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

describe('a file', () => {
  engineSuite({
    runner: { describe, it },
    async create() {
      const folder = temporaryFolder()
      const url = `file:${folder.path('app.db')}`
      return {
        storage: libsql({ url, durability: 'process' }),
        openAgain: async () => libsql({ url, durability: 'process' }),
        dispose: async () => folder.remove(),
      }
    },
  })
})
