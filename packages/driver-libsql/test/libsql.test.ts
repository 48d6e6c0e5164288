import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { NewStep } from '@durably/core'
import { libsql, libsqlDriver } from '@durably/driver-libsql'
import { createClient } from '@libsql/client'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { otherProcess } from './other-process.ts'
import { NEW_RUN, NOW } from './requests.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

const NEW_STEP: NewStep = {
  name: 'step',
  digest: '',
  status: 'completed',
  position: 0,
  attempt: 1,
  startedAt: NOW,
  outputJson: '1',
  errorJson: null,
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

it.each(['file:100%.db', 'file://host/x.db', 'file:///tmp/x.db?mode=ro', 'http://', 'https://['])(
  'the address %s is refused as an option',
  (url) => {
    expect(() => libsql({ url })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  },
)

it.each([
  ['bigint', 'completed'],
  ['string', 'OPTION_INVALID'],
] as const)('through a client of intMode %s, a completed step is %s', async (intMode, expected) => {
  const client = createClient({ url: `file:${path}`, intMode })
  const storage = libsql({ client })
  const stored = async () => {
    await storage.migrate()
    await storage.enqueue([NEW_RUN], NOW)
    const request = { jobNames: ['job'], limit: () => 1, claimId: 'claim', now: NOW, leaseMs: 1000 }
    const [claim] = await storage.claim(request)
    const lease = { runId: claim?.run.id ?? '', generation: claim?.run.generation ?? 0 }
    await storage.recordStep(lease, NEW_STEP, NOW)
    await storage.renew([lease], NOW, 1000)
    return (await storage.getSteps(lease.runId))[0]?.status
  }
  expect(await stored().catch(({ code }) => code)).toBe(expected)
  await storage.close()
  client.close()
})

describe('a file', () => {
  it('has its settings made, whatever this build has for defaults', async () => {
    const connection = await libsqlDriver({ path, durability: 'process' }).open()
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
    const connection = await libsqlDriver({ path }).open()
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
    const storage = libsql({ path })
    await storage.migrate()
    await using other = otherProcess(path)
    await other.execute('BEGIN IMMEDIATE')
    const enqueuing = storage.enqueue([NEW_RUN], NOW)
    await other.execute('COMMIT')
    expect(await enqueuing).toMatchObject([{ created: true }])
    await storage.close()
  })

  it('reports STORAGE_BUSY when that takes longer than the budget', async () => {
    const storage = libsql({ path, busyTimeoutMs: 20 })
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
    const storage = libsql({ path })
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
    const storage = libsql({ path: wrongPath() })
    await expect(storage.migrate()).rejects.toMatchObject({
      name: 'DurablyError',
      code,
      message: expect.stringContaining(wrongPath()),
    })
    await storage.close()
  })

  it("serves the application's own queries through a connection of their own", async () => {
    const storage = libsql({ path })
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

describe('the address of a database', () => {
  it.each([
    ['a path', () => ({ path })],
    ['a relative URL', () => ({ url: `file:${relative(process.cwd(), path)}` })],
    ['an absolute URL', () => ({ url: pathToFileURL(path).href })],
  ])('may be %s', async (_, options) => {
    const storage = libsql(options())
    await storage.migrate()
    await storage.close()
    expect(existsSync(path)).toBe(true)
  })

  it.each(['ftp://host/app.db', 'file:app.db?mode=ro', 'app.db'])('may not be %s', (url) => {
    expect(() => libsql({ url })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})

describe('a connection of libsql', () => {
  it('commits again after a write that was refused outside of a transaction', async () => {
    const connection = await libsqlDriver({ path }).open()
    await using other = otherProcess(path)
    await other.execute(CREATE)
    await other.execute('BEGIN IMMEDIATE')
    // Leaves a statement pending inside the library, which then refuses every commit of this connection.
    await expect(
      connection.query({ ...INSERT, sql: `${INSERT.sql} RETURNING id`, returnsRows: true }),
    ).rejects.toThrow(/locked/)
    await other.execute('COMMIT')
    await expect(connection.batch([INSERT])).rejects.toThrow(/SQL statements in progress/)
    await connection.batch([INSERT])
    expect((await connection.query(COUNT)).rows).toEqual([{ count: 1 }])
    await connection.close()
  })

  it('answers BLOBs as bytes', async () => {
    const connection = await libsqlDriver({ path: ':memory:' }).open()
    const bytes = new Uint8Array([1, 2, 3])
    const { rows } = await connection.query({
      sql: 'SELECT ? AS bytes',
      parameters: [bytes],
      returnsRows: true,
    })
    expect(rows).toEqual([{ bytes }])
    await connection.close()
  })

  it('leaves all data in the one file', async () => {
    const connection = await libsqlDriver({ path }).open()
    await connection.batch([{ ...INSERT, sql: CREATE }, INSERT])
    await connection.close()
    copyFileSync(path, folder.path('copy.db'))
    const copy = await libsqlDriver({ path: folder.path('copy.db') }).open()
    expect((await copy.query(COUNT)).rows).toEqual([{ count: 1 }])
    await copy.close()
  })
})

function foreignFile(file: string): string {
  writeFileSync(file, 'Dear Sir or Madam, '.repeat(500))
  return file
}
