import { join } from 'node:path'
import { RUN_STATUSES } from '@durably/core'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Statement } from '../src/driver.ts'
import { kyselyStorage } from '../src/kysely-storage.ts'
import { MIGRATIONS } from '../src/migrations/migrations.ts'
import { SCHEMA_VERSION } from '../src/migrations/schema-version.ts'
import { withBatch } from './support/faulty-driver.ts'
import { recordingDriver } from './support/recording-driver.ts'
import { filterOf, NOW, newRun } from './support/requests.ts'
import { sqliteDriver } from './support/sqlite-driver.ts'
import { migratedStorage, openStorage } from './support/storage.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { virtualScheduler } from './support/virtual-scheduler.ts'

describe('migrate', () => {
  it('creates the tables, all STRICT, and records its version', async () => {
    const { path, database } = newFile()
    await migratedStorage(sqliteDriver({ path }))
    expect(database.pragma('table_list')).toEqual(
      expect.arrayContaining(
        ['durably_runs', 'durably_steps', 'durably_labels', 'durably_logs', 'durably_schema_versions'].map(
          (name) => expect.objectContaining({ name, strict: 1 }),
        ),
      ),
    )
    expect(versionsIn(database)).toEqual([1])
  })

  it('is one commit', async () => {
    const batches: (readonly Statement[])[] = []
    await migratedStorage(recordingDriver(sqliteDriver(), batches))
    expect(batches.filter((batch) => batch.some(({ sql }) => sql.startsWith('CREATE'))).length).toBe(1)
  })

  it('leaves nothing behind when it fails half way', async () => {
    const { path, database } = newFile()
    const failing = withBatch(sqliteDriver({ path }), (batch) => (statements) => {
      const broken = { sql: 'CREATE TABLE durably_runs (id TEXT)', parameters: [], returnsRows: false }
      return batch([...statements, broken])
    })
    await expect(openStorage(failing).migrate()).rejects.toMatchObject({ code: 'STORAGE_IO' })
    expect(database.pragma('table_list(durably_runs)')).toEqual([])
    await migratedStorage(sqliteDriver({ path }))
    expect(versionsIn(database)).toEqual([1])
  })

  it('may be called again, and writes nothing then', async () => {
    const batches: (readonly Statement[])[] = []
    const storage = await migratedStorage(recordingDriver(sqliteDriver(), batches))
    batches.length = 0
    await storage.migrate()
    expect(batches.flat().filter(({ returnsRows }) => !returnsRows)).toEqual([])
  })

  it('may be called by several owners of a file at once', async () => {
    const { path, database } = newFile()
    const storages = Array.from({ length: 5 }, () => openStorage(sqliteDriver({ path })))
    await Promise.all(storages.map((storage) => storage.migrate()))
    expect(versionsIn(database)).toEqual([1])
    for (const storage of storages) await storage.enqueue([newRun()], NOW)
    expect(await storages[0]?.getRuns(filterOf())).toHaveLength(5)
  })

  it('gives up with STORAGE_BUSY once the budget is spent', async () => {
    const { path, database } = newFile()
    database.exec('CREATE TABLE mine (a); BEGIN IMMEDIATE')
    const scheduler = virtualScheduler()
    const storage = kyselyStorage({ driver: sqliteDriver({ path }), scheduler, busyTimeoutMs: 1000 })
    onTestFinished(() => storage.close())
    await expect(storage.migrate()).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
    expect(scheduler.elapsedMs).toBeLessThan(1100)
  })

  it('waits while another process holds the lock', async () => {
    const { path, database } = newFile()
    database.exec('CREATE TABLE mine (a); BEGIN IMMEDIATE')
    const migrated = openStorage(sqliteDriver({ path })).migrate()
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    database.exec('COMMIT')
    await migrated
    expect(versionsIn(database)).toEqual([1])
  })
})

describe('a schema that does not fit', () => {
  it('is noticed once another process has migrated, without a restart', async () => {
    const { path } = newFile()
    const storage = openStorage(sqliteDriver({ path }))
    await expect(storage.enqueue([newRun()], NOW)).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
    await expect(storage.getRun('x')).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
    await migratedStorage(sqliteDriver({ path }))
    expect(await storage.enqueue([newRun()], NOW)).toHaveLength(1)
  })

  it('is refused with SCHEMA_TOO_NEW before anything is written, and by migrate too', async () => {
    const { path, database } = newFile()
    await migratedStorage(sqliteDriver({ path }))
    database.exec(`INSERT INTO durably_schema_versions VALUES (${SCHEMA_VERSION + 1})`)
    const before = database.serialize()
    const storage = openStorage(sqliteDriver({ path }))
    await expect(storage.enqueue([newRun()], NOW)).rejects.toMatchObject({
      code: 'SCHEMA_TOO_NEW',
      details: { version: SCHEMA_VERSION + 1, supported: SCHEMA_VERSION },
    })
    await expect(storage.getRuns(filterOf())).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' })
    await expect(storage.migrate()).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' })
    expect(database.serialize().equals(before)).toBe(true)
  })

  it('is looked for once, and not before every call', async () => {
    const batches: (readonly Statement[])[] = []
    const storage = await migratedStorage(recordingDriver(sqliteDriver(), batches))
    batches.length = 0
    await Promise.all([storage.getRun('x'), storage.enqueue([newRun()], NOW)])
    await storage.enqueue([newRun()], NOW)
    expect(batches.flat().filter(({ sql }) => sql.includes('max(version)')).length).toBe(1)
  })

  it('is NOT_MIGRATED again when the tables are gone', async () => {
    const { path, database } = newFile()
    const storage = await migratedStorage(sqliteDriver({ path }))
    await storage.enqueue([newRun()], NOW)
    database.exec('DROP TABLE durably_runs')
    await expect(storage.enqueue([newRun()], NOW)).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
  })
})

describe('the migrations', () => {
  it('are numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1))
  })

  it('allow the states of the lifecycle and no other', async () => {
    const { path, database } = newFile()
    await migratedStorage(sqliteDriver({ path }))
    const insert = database.prepare(
      `INSERT INTO durably_runs (id, job_name, status, created_at, input) VALUES (?, 'job', ?, 1, '{}')`,
    )
    for (const status of RUN_STATUSES) insert.run(status, status)
    expect(() => insert.run('x', 'paused')).toThrow('CHECK')
  })
})

function newFile() {
  const path = join(temporaryFolder(), 'test.db')
  const database = new Database(path)
  onTestFinished(() => void database.close())
  return { path, database }
}

function versionsIn(database: Database.Database): unknown {
  return database.prepare('SELECT version FROM durably_schema_versions ORDER BY version').pluck().all()
}
