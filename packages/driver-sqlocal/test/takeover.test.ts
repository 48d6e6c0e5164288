import { createDurably, defineJob } from '@durably/core'
import { expect, test, vi } from 'vitest'
import { bundledWorker, newDatabasePath, newStorage } from './database.ts'
import { failureOf } from './failures.ts'
import { holdLock, OtherTab } from './other-tab.ts'
import { freezePage, resumePage } from './page.ts'

const jobs = { noop: defineJob({ name: 'noop' }, async () => {}) }

test('a follower whose leader crashed and was followed by one of another version is told to reload', async () => {
  const databasePath = newDatabasePath()
  const release = await holdLock(databasePath)
  const former = new OtherTab(databasePath, 'former')
  former.lead()
  const storage = newStorage({ databasePath, openTimeoutMs: 200, busyTimeoutMs: 400 })
  const durably = createDurably({ storage, jobs })
  const asked = durably.getRuns().catch(() => {})
  await vi.waitFor(() => expect(storage.role).toBe('following'), { timeout: 10_000 })
  former.crash()
  const heir = new OtherTab(databasePath, 'heir')
  heir.lead({ protocol: 1000 })
  await vi.waitFor(() => expect(storage.role).toBe('standby'), { timeout: 10_000 })
  await asked
  expect(await failureOf(storage.info())).toMatchObject({
    code: 'STORAGE_BUSY',
    retryable: true,
    message: expect.stringContaining('another version'),
  })
  heir.crash()
  release()
})

test('a tab without an engine finds its database again although it could not be opened once', async () => {
  const broken = Promise.withResolvers<void>()
  let made = 0
  const worker = () => {
    made++
    if (made !== 2) return bundledWorker()
    const missing = new Worker('/there-is-no-such-script.js', { type: 'module' })
    missing.addEventListener('error', () => broken.resolve())
    return missing
  }
  const storage = newStorage({ worker, busyTimeoutMs: 500 })
  const durably = createDurably({ storage, jobs })
  await durably.migrate()
  const run = await durably.jobs.noop.trigger()
  freezePage()
  resumePage()
  await broken.promise
  const found = await vi.waitFor(() => durably.getRun(run.id), { timeout: 10_000 })
  expect(found).toMatchObject({ status: 'pending' })
  expect(storage.role).toBe('leading')
})
