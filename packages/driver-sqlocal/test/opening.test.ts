import { sqlocal } from '@durably/driver-sqlocal'
import { expect, onTestFinished, test, vi } from 'vitest'
import { deleteFiles, newDatabasePath } from './database.ts'
import { failureOf } from './failures.ts'
import { holdFiles } from './held-files.ts'
import { holdLock, OtherTab } from './other-tab.ts'
import { takeClock } from './page-clock.ts'

test.each(['', '  ', ':memory:', '.', '..', 'half of 😀: \uD83D', 7])(
  'a database path of %j is refused with advice',
  async (databasePath) => {
    const error = await failureOf((async () => sqlocal({ databasePath: databasePath as string }))())
    expect(error).toMatchObject({ code: 'OPTION_INVALID', retryable: false })
    expect(error.message).toContain('databasePath')
  },
)

test('a worker script that cannot be loaded is named as what is missing', async () => {
  const storage = sqlocal({
    databasePath: newDatabasePath(),
    worker: () => new Worker('/there-is-no-such-script.js', { type: 'module' }),
  })
  const error = await failureOf(storage.migrate())
  expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: false })
  expect(error.message).toContain('@durably/driver-sqlocal/worker')
  await storage.close()
})

test('a worker that cannot be made in a page that is hidden is reported to who asked, and to nobody else', async () => {
  // There the worker is made before the database is opened, since it keeps time.
  const hidden = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  const clock = takeClock()
  const unhandled: unknown[] = []
  const hear = (event: PromiseRejectionEvent) => void unhandled.push(event.reason)
  addEventListener('unhandledrejection', hear)
  onTestFinished(() => {
    hidden.mockRestore()
    removeEventListener('unhandledrejection', hear)
  })
  const storage = sqlocal({
    databasePath: newDatabasePath(),
    worker: () => {
      throw new DOMException('of another origin', 'SecurityError')
    },
  })
  expect(await failureOf(storage.migrate())).toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('of another origin'),
  })
  // The budget for opening, in which the caller might still have waited.
  await clock.pass(10_000)
  await storage.close()
  expect(unhandled).toEqual([])
})

test('a worker that never answers ends the opening after its budget', async () => {
  const script = URL.createObjectURL(new Blob(['/* deaf */'], { type: 'text/javascript' }))
  const storage = sqlocal({
    databasePath: newDatabasePath(),
    worker: () => new Worker(script),
    openTimeoutMs: 200,
    busyTimeoutMs: 300,
  })
  expect(await failureOf(storage.migrate())).toMatchObject({ code: 'STORAGE_BUSY', retryable: true })
  await storage.close()
})

test('a file held by another context is reported as busy, stays whole, and opens once it is let go', async () => {
  const databasePath = newDatabasePath()
  const first = sqlocal({ databasePath, persist: false })
  await first.migrate()
  await first.close()
  const release = await holdFiles(databasePath)
  const second = sqlocal({ databasePath, persist: false, openTimeoutMs: 300, busyTimeoutMs: 400 })
  expect(await failureOf(second.migrate())).toMatchObject({ code: 'STORAGE_BUSY', retryable: true })
  release()
  await second.migrate()
  await second.close()
  await deleteFiles(databasePath)
})

test('a leading tab of another version is neither understood nor deposed: the caller is told to reload it', async () => {
  const databasePath = newDatabasePath()
  const release = await holdLock(databasePath)
  const other = new OtherTab(databasePath, 'other')
  other.lead({ protocol: 1000 })
  const storage = sqlocal({ databasePath, persist: false, openTimeoutMs: 300, busyTimeoutMs: 400 })
  expect(await failureOf(storage.migrate())).toMatchObject({
    code: 'STORAGE_BUSY',
    retryable: true,
    message: expect.stringContaining('another version'),
  })
  expect(storage.role).toBe('standby')
  other.crash()
  release()
  await storage.migrate()
  expect(storage.role).toBe('leading')
  await storage.close()
  await deleteFiles(databasePath)
})

test('the database is in the origin private file system, and the page needs no isolation for it', async () => {
  const databasePath = newDatabasePath()
  const storage = sqlocal({ databasePath, persist: false })
  await storage.migrate()
  expect(crossOriginIsolated).toBe(false)
  expect(await storage.info()).toMatchObject({ storageType: 'opfs', role: 'leading', tabs: 1 })
  expect((await storage.info()).sizeBytes).toBeGreaterThan(0)
  await storage.close()
  await deleteFiles(databasePath)
})
