import { pluginSuite } from '@durably/conformance'
import { MemoryDatabase, memoryStorage } from '@durably/core/testing'
import { describe, it } from 'vitest'
import { logPersistence } from '../src/index.ts'
import { logPersistenceSuite } from './log-persistence-suite.ts'

const runner = { describe, it }

async function create() {
  const database = new MemoryDatabase()
  return { storage: memoryStorage({ database }), openAgain: async () => memoryStorage({ database }) }
}

pluginSuite({ runner, create, plugin: () => logPersistence() })
logPersistenceSuite({ runner, create })
