import { MemoryDatabase, memoryStorage } from '@durably/core/testing'
import { describe, it } from 'vitest'
import { storageSuite } from '../src/index.ts'

storageSuite({
  runner: { describe, it },
  async create() {
    const database = new MemoryDatabase()
    return { storage: memoryStorage({ database }), openAgain: async () => memoryStorage({ database }) }
  },
})
