import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { synchronousDriver } from '@durably/synchronous-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { COUNT, CREATE } from './statements.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

const execute = promisify(execFile)
const NOBODY = 65_534

describe('a database file that cannot be opened', () => {
  let folder: TemporaryFolder
  beforeEach(() => {
    folder = temporaryFolder()
    chmodSync(folder.path('.'), 0o755)
  })
  afterEach(() => folder.remove())

  async function open(path: string): Promise<void> {
    const connection = await synchronousDriver({ name: 'node:sqlite', path, openDatabase: nodeSqlite }).open()
    await connection.close()
  }

  async function makeDatabase(path: string): Promise<void> {
    const connection = await synchronousDriver({ name: 'node:sqlite', path, openDatabase: nodeSqlite }).open()
    await connection.batch([CREATE])
    await connection.close()
  }

  /** How opening goes for a user who has no rights but those given to everybody. Permissions mean nothing to root. */
  async function openedByNobody(path: string): Promise<unknown> {
    const script = fileURLToPath(new URL('./open-database.ts', import.meta.url))
    const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
    const { stdout } = await execute(
      process.execPath,
      ['--conditions=@durably/source', '--no-warnings', script, path],
      { ...user, timeout: 20_000 },
    )
    return JSON.parse(stdout)
  }

  it('in a missing folder: says which to create, and opens once it is there', async () => {
    const path = folder.path('missing/app.db')
    await expect(open(path)).rejects.toMatchObject({
      code: 'STORAGE_IO',
      message: `Cannot open the database ${path}: there is no folder ${folder.path('missing')}. Create it first.`,
    })
    mkdirSync(folder.path('missing'))
    await open(path)
  })

  it('that is a folder', async () => {
    await expect(open(folder.path('.'))).rejects.toMatchObject({ code: 'NOT_A_DATABASE' })
  })

  it('that is something else: says so, and leaves it as it is', async () => {
    const path = folder.path('letter.txt')
    writeFileSync(path, 'Dear Sir or Madam, '.repeat(500))
    await expect(open(path)).rejects.toMatchObject({
      code: 'NOT_A_DATABASE',
      message: expect.stringContaining(path),
      details: { path },
    })
  })

  it('that may not be written', async () => {
    const path = folder.path('app.db')
    await makeDatabase(path)
    chmodSync(path, 0o444)
    expect(await openedByNobody(path)).toMatchObject({ code: 'STORAGE_READ_ONLY' })
  })

  it('that may not be written, while another process has it open', async () => {
    const path = folder.path('app.db')
    const other = await synchronousDriver({ name: 'node:sqlite', path, openDatabase: nodeSqlite }).open()
    await other.batch([CREATE])
    for (const name of ['app.db', 'app.db-wal', 'app.db-shm']) chmodSync(folder.path(name), 0o444)
    expect(await openedByNobody(path)).toMatchObject({ code: 'STORAGE_READ_ONLY' })
    expect((await other.query(COUNT)).rows).toEqual([{ count: 0 }])
    await other.close()
  })

  it('that may not be read', async () => {
    const path = folder.path('app.db')
    await makeDatabase(path)
    chmodSync(path, 0o000)
    expect(await openedByNobody(path)).toMatchObject({ code: 'STORAGE_IO', retryable: false })
  })

  it('in a folder that may not be written', async () => {
    const path = folder.path('app.db')
    await makeDatabase(path)
    chmodSync(path, 0o666)
    chmodSync(folder.path('.'), 0o555)
    expect(await openedByNobody(path)).toMatchObject({
      code: 'STORAGE_READ_ONLY',
      message: expect.stringMatching(/cannot write in/),
    })
    chmodSync(folder.path('.'), 0o755)
  })

  it('because another process holds it: is worth another try', async () => {
    const path = folder.path('app.db')
    const other = nodeSqlite(path)
    other.exec('CREATE TABLE notes (id INTEGER)')
    other.exec('BEGIN EXCLUSIVE')
    await expect(open(path)).rejects.toMatchObject({ code: 'STORAGE_BUSY', retryable: true })
    other.exec('COMMIT')
    other.close()
    await open(path)
  })
})
