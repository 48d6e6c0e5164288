import { type DurablyError, isDurablyError } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { expect, test } from 'vitest'
import { deleteFiles, newDatabasePath } from './database.ts'

async function failure(work: () => Promise<unknown>): Promise<DurablyError> {
  try {
    await work()
  } catch (error) {
    if (isDurablyError(error)) return error
    throw error
  }
  throw new Error('It did not fail.')
}

test.each(['', '  ', ':memory:', 7])('a database path of %j is refused with advice', async (databasePath) => {
  const error = await failure(async () => sqlocal({ databasePath: databasePath as string }))
  expect(error).toMatchObject({ code: 'OPTION_INVALID', retryable: false })
  expect(error.message).toContain('databasePath')
})

test('a worker script that cannot be loaded is named as what is missing', async () => {
  const storage = sqlocal({
    databasePath: newDatabasePath(),
    worker: () => new Worker('/there-is-no-such-script.js', { type: 'module' }),
  })
  const error = await failure(() => storage.migrate())
  expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: false })
  expect(error.message).toContain('@durably/driver-sqlocal/worker')
  await storage.close()
})

test('a worker that never answers ends the opening after its budget', async () => {
  const script = URL.createObjectURL(new Blob(['/* deaf */'], { type: 'text/javascript' }))
  const storage = sqlocal({
    databasePath: newDatabasePath(),
    worker: () => new Worker(script),
    openTimeoutMs: 200,
    busyTimeoutMs: 300,
  })
  expect(await failure(() => storage.migrate())).toMatchObject({ code: 'STORAGE_BUSY', retryable: true })
  await storage.close()
})

test('a file held by another context is reported as busy, stays whole, and opens once it is let go', async () => {
  const databasePath = newDatabasePath()
  const first = sqlocal({ databasePath, persist: false })
  await first.migrate()
  await first.close()
  const release = await holdFiles(databasePath)
  const second = sqlocal({ databasePath, persist: false, openTimeoutMs: 300, busyTimeoutMs: 400 })
  expect(await failure(() => second.migrate())).toMatchObject({ code: 'STORAGE_BUSY', retryable: true })
  await release()
  await second.migrate()
  await second.close()
  await deleteFiles(databasePath)
})

test('a leading tab of another version is neither understood nor deposed: the caller is told to reload it', async () => {
  const databasePath = newDatabasePath()
  const other = await leadInAnotherVersion(databasePath)
  const storage = sqlocal({ databasePath, persist: false, openTimeoutMs: 300, busyTimeoutMs: 400 })
  expect(await failure(() => storage.migrate())).toMatchObject({
    code: 'STORAGE_BUSY',
    retryable: true,
    message: expect.stringContaining('another version'),
  })
  expect(storage.role).toBe('standby')
  other.close()
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

/** Opens every file of a database in a worker, as a process does that was stopped. */
async function holdFiles(databasePath: string): Promise<() => Promise<void>> {
  const script = `onmessage = async ({ data }) => {
    let folder = await navigator.storage.getDirectory()
    for (const name of data) folder = await folder.getDirectoryHandle(name)
    for await (const file of folder.values()) await file.createSyncAccessHandle()
    postMessage('held')
  }`
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })))
  await new Promise((resolve) => {
    worker.onmessage = resolve
    worker.postMessage(['.durably', encodeURIComponent(databasePath), '.opaque'])
  })
  return async () => worker.terminate()
}

/** Holds the lock of a database and says so in the words of a version to come. */
async function leadInAnotherVersion(databasePath: string): Promise<{ close(): void }> {
  const channel = new BroadcastChannel(`durably:${databasePath}`)
  const content = { type: 'leading', protocol: 1000, term: 'of another version', executes: true }
  const announce = () => channel.postMessage({ from: 'another version', content })
  channel.onmessage = ({ data }) => data.content.type === 'hello' && announce()
  const closed = Promise.withResolvers<void>()
  await new Promise<void>((held) => {
    void navigator.locks.request(`durably:${databasePath}`, () => {
      held()
      return closed.promise
    })
  })
  return {
    close() {
      channel.close()
      closed.resolve()
    },
  }
}
