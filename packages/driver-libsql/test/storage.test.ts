import { storageSuite } from '@durably/conformance'
import { libsql } from '@durably/driver-libsql'
import { createClient } from '@libsql/client'
import { describe, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const runner = { describe, it }

describe('a file', () => {
  storageSuite({
    runner,
    async create() {
      const folder = temporaryFolder()
      const url = `file:${folder.path('app.db')}`
      return {
        storage: libsql({ url }),
        openAgain: async () => libsql({ url }),
        dispose: async () => folder.remove(),
      }
    },
  })
})

describe('memory', () => {
  storageSuite({ runner, create: async () => ({ storage: libsql({ url: ':memory:' }) }) })
})

describe('a file client handed in', () => {
  storageSuite({
    runner,
    async create() {
      const folder = temporaryFolder()
      const url = `file:${folder.path('app.db')}`
      const client = createClient({ url, timeout: 5 })
      return {
        storage: libsql({ client }),
        openAgain: async () => libsql({ url }),
        async dispose() {
          client.close()
          folder.remove()
        },
      }
    },
  })
})
