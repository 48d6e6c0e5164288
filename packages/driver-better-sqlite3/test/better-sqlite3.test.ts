import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { NewRun } from '@durably/core'
import { betterSqlite3, betterSqlite3Driver } from '@durably/driver-better-sqlite3'
import Database from 'better-sqlite3'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { otherProcess } from './other-process.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

const NOW = 1_767_225_600_000
const NEW_RUN: NewRun = {
  jobName: 'job',
  inputJson: '{}',
  idempotencyKey: null,
  concurrencyKey: null,
  labels: null,
  readyAt: null,
  originId: null,
}
const COUNT = { sql: 'SELECT count(*) AS count FROM notes', parameters: [], returnsRows: true }
const INSERT = { sql: 'INSERT INTO notes DEFAULT VALUES', parameters: [], returnsRows: false }
const CREATE = 'CREATE TABLE notes (id INTEGER PRIMARY KEY)'

let folder: TemporaryFolder
let path: string
beforeEach(() => {
  folder = temporaryFolder()
  path = folder.path('app.db')
})
afterEach(() => folder.remove())

describe('a file', () => {
  it('has its settings made, whatever this build has for defaults', async () => {
    const connection = await betterSqlite3Driver({ path, durability: 'process' }).open()
    const settings = ['journal_mode', 'synchronous', 'temp_store', 'foreign_keys', 'busy_timeout']
    const values = []
    for (const setting of settings) {
      const { rows } = await connection.query({ ...COUNT, sql: `PRAGMA ${setting}` })
      values.push(...Object.values(rows[0] ?? {}))
    }
    await connection.close()
    expect(values).toEqual(['wal', 1, 2, 1, 0])
  })

  it('refuses at once, as busy, while another process writes', async () => {
    const connection = await betterSqlite3Driver({ path }).open()
    await using other = otherProcess(path)
    await other.execute(CREATE)
    await other.execute('BEGIN IMMEDIATE')
    const startedAt = performance.now()
    await expect(connection.batch([INSERT])).rejects.toMatchObject({
      name: 'BatchError',
      statementIndex: null,
      outcomeUnknown: false,
      cause: { code: 'SQLITE_BUSY' },
    })
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    await other.execute('COMMIT')
    await connection.batch([INSERT])
    expect((await connection.query(COUNT)).rows).toEqual([{ count: 1 }])
    await connection.close()
  })

  it('waits, as a storage, until another process has written', async () => {
    const storage = betterSqlite3({ path })
    await storage.migrate()
    await using other = otherProcess(path)
    await other.execute('BEGIN IMMEDIATE')
    const enqueuing = storage.enqueue([NEW_RUN], NOW)
    await other.execute('COMMIT')
    expect(await enqueuing).toMatchObject([{ created: true }])
    await storage.close()
  })

  it('reports STORAGE_BUSY when that takes longer than the budget', async () => {
    const storage = betterSqlite3({ path, busyTimeoutMs: 20 })
    await storage.migrate()
    await using other = otherProcess(path)
    await other.execute('BEGIN IMMEDIATE')
    await expect(storage.enqueue([NEW_RUN], NOW)).rejects.toMatchObject({
      code: 'STORAGE_BUSY',
      retryable: true,
    })
    await other.execute('ROLLBACK')
    await storage.close()
  })

  it("hears of another process's commit", async () => {
    const storage = betterSqlite3({ path })
    await storage.migrate()
    await using other = otherProcess(path)
    await other.execute(CREATE)
    const calls = new EventTarget()
    const stop = storage.watch(() => calls.dispatchEvent(new Event('call')))
    const call = once(calls, 'call')
    await other.execute(INSERT.sql)
    await call
    stop()
    await storage.close()
  })

  it('does not keep the process alive, even when it is not closed', async () => {
    const script = fileURLToPath(new URL('./open-and-leave.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@durably/source', '--no-warnings', script, path],
      { timeout: 20_000 },
    )
    expect(stdout).toBe('read\n')
  })

  it.each([
    ['in a missing folder', () => folder.path('missing/app.db'), 'STORAGE_IO'],
    ['that is a folder', () => folder.path('.'), 'NOT_A_DATABASE'],
    ['that is something else', () => foreignFile(folder.path('letter.txt')), 'NOT_A_DATABASE'],
  ])('%s is reported by the first call', async (_, wrongPath, code) => {
    const storage = betterSqlite3({ path: wrongPath() })
    await expect(storage.migrate()).rejects.toMatchObject({
      name: 'DurablyError',
      code,
      message: expect.stringContaining(wrongPath()),
    })
    await storage.close()
  })

  it("serves the application's own queries through a connection of their own", async () => {
    const storage = betterSqlite3({ path })
    await storage.migrate()
    const db = new Kysely<Record<string, never>>({ dialect: await storage.dialect() })
    await db.transaction().execute(async (transaction) => {
      await sql.raw(CREATE).execute(transaction)
      expect(await storage.getRun('none')).toBeNull()
    })
    expect(await storage.enqueue([NEW_RUN], NOW)).toMatchObject([{ created: true }])
    await db.destroy()
    await storage.close()
  })
})

describe('a database handed in', () => {
  let database: Database.Database
  beforeEach(() => {
    database = new Database(path)
  })
  afterEach(() => database.close())

  it('keeps its settings, and stays open', async () => {
    const before = settings()
    const storage = betterSqlite3({ database })
    await storage.migrate()
    await storage.enqueue([NEW_RUN], NOW)
    await storage.close()
    expect(database.open).toBe(true)
    expect(settings()).toEqual(before)

    function settings(): unknown[] {
      return ['journal_mode', 'synchronous', 'temp_store', 'foreign_keys', 'busy_timeout'].map((setting) =>
        database.pragma(setting, { simple: true }),
      )
    }
  })

  it("lets the application's transaction end first", async () => {
    const storage = betterSqlite3({ database })
    await storage.migrate()
    database.exec(CREATE)
    database.exec('BEGIN')
    database.exec(INSERT.sql)
    const enqueuing = storage.enqueue([NEW_RUN], NOW)
    setTimeout(() => database.exec('ROLLBACK'), 5)
    const [enqueued] = await enqueuing
    expect(await storage.getRun(enqueued?.run.id ?? '')).toMatchObject({ status: 'pending' })
    expect(database.prepare(COUNT.sql).get()).toEqual({ count: 0 })
    await storage.close()
  })

  it('is busy while the application iterates over rows', async () => {
    const connection = await betterSqlite3Driver({ database }).open()
    const rows = database.prepare('SELECT 1 UNION SELECT 2').iterate()
    rows.next()
    await expect(connection.batch([INSERT])).rejects.toMatchObject({ cause: { code: 'STORAGE_BUSY' } })
    rows.return?.()
    database.exec(CREATE)
    await connection.batch([INSERT])
    await connection.close()
  })

  it('answers numbers, although the application wants bigints', async () => {
    database.defaultSafeIntegers()
    const storage = betterSqlite3({ database })
    await storage.migrate()
    expect(await storage.enqueue([NEW_RUN], NOW)).toMatchObject([{ run: { createdAt: NOW, generation: 0 } }])
    await storage.close()
  })

  it('must be open for writing', () => {
    const closed = new Database(':memory:').close()
    expect(() => betterSqlite3({ database: closed })).toThrow(/handed in is closed/)
    database.exec(CREATE)
    const readOnly = new Database(path, { readonly: true })
    expect(() => betterSqlite3({ database: readOnly })).toThrow(/handed in is read-only/)
    readOnly.close()
  })
})

function foreignFile(file: string): string {
  writeFileSync(file, 'Dear Sir or Madam, '.repeat(500))
  return file
}
