import { once } from 'node:events'
import type { SqliteConnection } from '@durably/storage-kysely'
import { synchronousDriver } from '@durably/synchronous-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { CREATE, insert } from './statements.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

describe('watching for commits of others', () => {
  let folder: TemporaryFolder
  let ours: SqliteConnection
  let theirs: SqliteConnection
  beforeEach(async () => {
    folder = temporaryFolder()
    const open = () =>
      synchronousDriver({ name: 'node:sqlite', path: folder.path('app.db'), openDatabase: nodeSqlite }).open()
    ours = await open()
    theirs = await open()
    await ours.batch([CREATE])
  })
  afterEach(async () => {
    await ours.close()
    await theirs.close()
    folder.remove()
  })

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

  it('is silent, and does no harm, where the folder went away', async () => {
    const { stop } = listen()
    folder.remove()
    const again = listen()
    again.stop()
    stop()
  })
})
