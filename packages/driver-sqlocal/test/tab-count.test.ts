import { createDurably } from '@durably/core'
import { expect, test, vi } from 'vitest'
import { newDatabasePath, newStorage } from './database.ts'
import { OtherTab } from './other-tab.ts'

test('a tab that crashed is not counted for ever, one that is there is', async () => {
  const databasePath = newDatabasePath()
  const storage = newStorage({ databasePath })
  const durably = createDurably({ storage, jobs: {}, heartbeatInterval: 100, staleThreshold: 400 })
  await durably.migrate()
  const crashing = new OtherTab(databasePath, 'crashing')
  const staying = new OtherTab(databasePath, 'staying')
  const tabs = async () => (await storage.info()).tabs
  // Nobody calls the roll yet.
  await vi.waitFor(async () => expect(await tabs()).toBe(3), { timeout: 10_000 })
  crashing.crash()
  durably.start()
  await vi.waitFor(async () => expect(await tabs()).toBe(2), { timeout: 10_000 })
  staying.crash()
  await vi.waitFor(async () => expect(await tabs()).toBe(1), { timeout: 10_000 })
  await durably.close({ timeout: 0 })
})
