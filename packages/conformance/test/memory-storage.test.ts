import { MemoryDatabase, memoryStorage } from '@durably/core/testing'
import { describe, it } from 'vitest'
import { modelSuite, storageSuite } from '../src/index.ts'

const runner = { describe, it }

async function create() {
  const database = new MemoryDatabase()
  return { storage: memoryStorage({ database }), openAgain: async () => memoryStorage({ database }) }
}

storageSuite({ runner, create })
modelSuite({ runner, create })
