import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SqliteDriver } from '../src/driver.ts'
import { kyselyStorage } from '../src/kysely-storage.ts'
import { claimOf, filterOf, NOW, newRun } from './support/requests.ts'
import { sqliteDriver } from './support/sqlite-driver.ts'
import { migratedStorage, openStorage } from './support/storage.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

describe('opening', () => {
  it('happens at the first use, once', async () => {
    const driver = counting(sqliteDriver())
    const storage = openStorage(driver)
    expect(driver.opened).toBe(0)
    await Promise.all([storage.migrate(), storage.migrate(), storage.dialect()])
    await Promise.all([storage.getRun('x'), storage.enqueue([newRun()], NOW)])
    expect(driver.opened).toBe(1)
  })

  it('does not happen for what needs no database', async () => {
    const driver = counting(sqliteDriver())
    const storage = openStorage(driver)
    expect(await storage.enqueue([], NOW)).toEqual([])
    await storage.close()
    expect(driver.opened).toBe(0)
  })

  it('is tried again at the next call after it failed', async () => {
    const folder = join(temporaryFolder(), 'data')
    const storage = openStorage(sqliteDriver({ path: join(folder, 'app.db') }))
    await expect(storage.migrate()).rejects.toMatchObject({ code: 'STORAGE_IO', retryable: true })
    await expect(storage.getRun('x')).rejects.toThrow('Check that the folder exists')
    mkdirSync(folder)
    await storage.migrate()
    expect(await storage.getRun('x')).toBeNull()
  })

  it('waits for a database that is locked at that moment', async () => {
    const real = sqliteDriver()
    let refusals = 5
    const storage = openStorage({
      ...real,
      open() {
        if (refusals-- > 0) throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
        return real.open()
      },
    })
    await storage.migrate()
    expect(refusals).toBe(-1)
  })

  it('refuses a busy timeout that is none', () => {
    for (const busyTimeoutMs of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => kyselyStorage({ driver: sqliteDriver(), busyTimeoutMs })).toThrow('busyTimeoutMs')
    }
  })
})

describe('closing', () => {
  it('waits for what was called before, also for what still waits for the connection', async () => {
    const path = join(temporaryFolder(), 'test.db')
    const storage = await migratedStorage(sqliteDriver({ path }))
    const again = openStorage(sqliteDriver({ path }))
    const called = [again.enqueue([newRun()], NOW), again.enqueue([newRun()], NOW), again.getRuns(filterOf())]
    await again.close()
    const outcomes = await Promise.allSettled(called)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(await storage.getRuns(filterOf())).toHaveLength(2)
  })

  it('may be done twice, and rejects every later call with STOPPED', async () => {
    const storage = await migratedStorage()
    await Promise.all([storage.close(), storage.close()])
    await storage.close()
    for (const call of [
      () => storage.migrate(),
      () => storage.enqueue([newRun()], NOW),
      () => storage.claim(claimOf()),
      () => storage.getRun('x'),
      () => storage.nextDue(['job']),
      () => storage.dialect(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'STOPPED' })
    }
  })

  it('succeeds where opening did not', async () => {
    const storage = openStorage(sqliteDriver({ path: join(temporaryFolder(), 'absent', 'app.db') }))
    const failed = storage.migrate().catch((error: unknown) => error)
    await storage.close()
    expect(await failed).toMatchObject({ code: 'STORAGE_IO' })
  })
})

describe('watching', () => {
  it('begins once the database is open, and ends when it is taken back', async () => {
    const listeners = new Set<() => void>()
    const storage = openStorage(watched(sqliteDriver(), listeners))
    let calls = 0
    const stop = storage.watch(() => calls++)
    const stopEarly = storage.watch(() => calls++)
    stopEarly()
    expect(listeners.size).toBe(0)
    await storage.migrate()
    const stopLate = storage.watch(() => calls++)
    expect(listeners.size).toBe(2)
    for (const listener of listeners) listener()
    expect(calls).toBe(2)
    stop()
    stop()
    stopLate()
    expect(listeners.size).toBe(0)
  })

  it('of a database that cannot tell is allowed and stays silent', async () => {
    const storage = await migratedStorage()
    const stop = storage.watch(() => {
      throw new Error('There is nothing to hear.')
    })
    await storage.enqueue([newRun()], NOW)
    stop()
  })
})

describe('what a storage says of itself', () => {
  it('is what its driver says', () => {
    const storage = openStorage(sqliteDriver({ path: 'never-opened.db' }))
    expect(storage.name).toBe('test driver')
    expect(storage.capabilities).toEqual({ persistent: true, shared: true, exclusive: false })
  })
})

function counting(driver: SqliteDriver): SqliteDriver & { readonly opened: number } {
  let opened = 0
  return {
    ...driver,
    get opened() {
      return opened
    },
    open() {
      opened++
      return driver.open()
    },
  }
}

function watched(driver: SqliteDriver, listeners: Set<() => void>): SqliteDriver {
  return {
    ...driver,
    async open() {
      const connection = await driver.open()
      return {
        ...connection,
        watch(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      }
    },
  }
}
