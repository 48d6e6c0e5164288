import type { Plugin } from '@durably/core'
import { MemoryDatabase, memoryStorage } from '@durably/core/testing'
import { describe, it } from 'vitest'
import { pluginSuite } from '../src/index.ts'

const runner = { describe, it }

async function create() {
  const database = new MemoryDatabase()
  return { storage: memoryStorage({ database }), openAgain: async () => memoryStorage({ database }) }
}

pluginSuite({ runner, create, plugin: () => ({ name: 'idle', setup: () => undefined }) })

/** Reads what it hears about and keeps the lines, one write a line. */
function keeper(): Plugin {
  return {
    name: 'keeper',
    setup(host) {
      const open = new Set<Promise<unknown>>()
      const quietly = (work: Promise<unknown>) => {
        const watched = work.catch(() => undefined)
        open.add(watched)
        void watched.finally(() => open.delete(watched))
      }
      host.on('run:complete', ({ runId }) => quietly(host.getSteps(runId)))
      host.on('log:write', ({ runId, generation, stepName, level, message, timestamp }) =>
        quietly(
          host.appendLogs([
            { runId, generation, stepName, level, message, dataJson: null, createdAt: Date.parse(timestamp) },
          ]),
        ),
      )
      return async () => void (await Promise.all(open))
    },
  }
}

pluginSuite({ runner, create, plugin: keeper })
