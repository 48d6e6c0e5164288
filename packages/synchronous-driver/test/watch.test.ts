import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import type { SqliteConnection } from '@durably/storage-kysely'
import { type SynchronousDatabase, synchronousDriver } from '@durably/synchronous-driver'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { CREATE, insert } from './statements.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

describe('watching for commits of others', () => {
  let folder: TemporaryFolder
  let ours: SqliteConnection
  let theirs: SqliteConnection
  beforeEach(async () => {
    folder = temporaryFolder()
    ours = await open(folder.path('app.db'))
    theirs = await open(folder.path('app.db'))
    await ours.batch([CREATE])
  })
  afterEach(async () => {
    await ours.close()
    await theirs.close()
    folder.remove()
  })

  function open(path: string, openDatabase = nodeSqlite): Promise<SqliteConnection> {
    return synchronousDriver({ name: 'node:sqlite', path, openDatabase }).open()
  }

  /** Watches with `ours`; `heard()` resolves at the next call. */
  function listen() {
    const calls = new EventTarget()
    let count = 0
    const stop = ours.watch?.(() => {
      count += 1
      calls.dispatchEvent(new Event('call'))
    })
    return { stop: () => stop?.(), heard: () => once(calls, 'call'), count: () => count }
  }

  it('hears of a commit, and of the next one', async () => {
    const { heard, stop } = listen()
    for (const id of [1, 2, 3]) {
      const call = heard()
      await theirs.batch([insert(id)])
      await call
    }
    stop()
  })

  it('hears nothing of its own commits', async () => {
    const { heard, stop, count } = listen()
    for (let id = 0; id < 20; id++) await ours.batch([insert(id)])
    const call = heard()
    await theirs.batch([insert(20)])
    await call
    expect(count()).toBe(1)
    stop()
  })

  it('tells all who listen, until each one stops', async () => {
    const [one, other] = [listen(), listen()]
    const both = [one.heard(), other.heard()]
    await theirs.batch([insert(1)])
    await Promise.all(both)
    one.stop()
    const call = other.heard()
    await theirs.batch([insert(2)])
    await call
    expect([one.count(), other.count()]).toEqual([1, 2])
    other.stop()
  })

  it('hears through a symbolic link, though the log lies beside the file itself', async () => {
    mkdirSync(folder.path('links'))
    symlinkSync(folder.path('app.db'), folder.path('links/app.db'))
    const linked = await open(folder.path('links/app.db'))
    const call = new Promise<void>((resolve) => linked.watch?.(resolve))
    await theirs.batch([insert(1)])
    await call
    await linked.close()
  })

  it('comes to rest when the database cannot be read any more', async () => {
    let database: SynchronousDatabase | undefined
    const broken = await open(folder.path('app.db'), (path) => {
      database = nodeSqlite(path)
      return database
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const listener = vi.fn()
    const stop = broken.watch?.(listener)
    await theirs.batch([insert(1)])
    // The first look is planned as soon as the host has told of the write.
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve))
    database?.close()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(listener.mock.calls.length).toBeLessThanOrEqual(1)
    stop?.()
  })

  it('is silent, and does no harm, where the folder went away', async () => {
    const { stop } = listen()
    folder.remove()
    const again = listen()
    again.stop()
    stop()
  })
})
