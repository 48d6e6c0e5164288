import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { driverSuite, engineSuite, storageSuite } from '@durably/conformance'
import { describe, it } from 'vitest'
import { nodeSqlite, nodeSqliteDriver } from '../src/node-sqlite-driver.ts'

const runner = { describe, it }

/** A new file in a folder of its own. */
function newFile() {
  const folder = mkdtempSync(join(tmpdir(), 'durably-node-sqlite-'))
  return { path: join(folder, 'test.db'), dispose: async () => rmSync(folder, { recursive: true }) }
}

driverSuite({
  runner,
  create: async () => {
    const { path, dispose } = newFile()
    const another = () => nodeSqliteDriver({ path })
    return { driver: another(), another, dispose }
  },
})

async function createStorage() {
  const { path, dispose } = newFile()
  const open = () => nodeSqlite({ path })
  return { storage: open(), openAgain: async () => open(), dispose }
}

storageSuite({ runner, create: createStorage })
engineSuite({ runner, create: createStorage })
