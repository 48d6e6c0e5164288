import { MemoryDatabase, memoryStorage } from '@durably/core/testing'
import { describe, it } from 'vitest'
import { engineSuite } from '../src/engine/engine-suite.ts'

describe('on the memory storage', () => {
  engineSuite({
    runner: { describe, it },
    create: async () => {
      const database = new MemoryDatabase()
      return { storage: memoryStorage({ database }), openAgain: async () => memoryStorage({ database }) }
    },
  })
})
