import { type SynchronousDatabase, synchronousDriver } from '@durably/synchronous-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { read } from './statements.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

describe('the settings of a connection', () => {
  let folder: TemporaryFolder
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  function driver(durability?: 'full' | 'process', openDatabase = nodeSqlite, path = folder.path('app.db')) {
    return synchronousDriver({ name: 'node:sqlite', path, durability, openDatabase })
  }

  it.each([
    [undefined, 2],
    ['full', 2],
    ['process', 1],
  ] as const)('durability %s is synchronous = %i', async (durability, synchronous) => {
    const connection = await driver(durability).open()
    const { rows } = await connection.query(read('PRAGMA synchronous'))
    await connection.close()
    expect(rows[0]?.['synchronous']).toBe(synchronous)
  })

  it.each([
    ['journal_mode', 'wal'],
    ['temp_store', 2],
    ['foreign_keys', 1],
    ['wal_autocheckpoint', 1000],
  ])('%s is %s', async (pragma, value) => {
    const connection = await driver().open()
    const { rows } = await connection.query(read(`PRAGMA ${pragma}`))
    await connection.close()
    expect(rows[0]?.[pragma]).toBe(value)
  })

  it('leaves waiting to the storage: there is no native busy timeout', async () => {
    const connection = await driver().open()
    const { rows } = await connection.query(read('PRAGMA busy_timeout'))
    await connection.close()
    expect(rows[0]?.['timeout']).toBe(0)
  })

  it('refuses a file whose file system cannot carry write-ahead logging', async () => {
    await expect(driver('full', withoutWal).open()).rejects.toMatchObject({
      code: 'STORAGE_IO',
      retryable: false,
      message: expect.stringMatching(/journal_mode = delete instead of wal.*local disk/),
    })
  })

  it('says which option is wrong', () => {
    expect(() => driver('fast' as 'full')).toThrow(/durability is "fast"/)
    expect(() => driver('full', nodeSqlite, '')).toThrow(/path is ""/)
    expect(() => driver('full', nodeSqlite, 'file:app.db')).toThrow(/path is "file:app.db"/)
  })

  it.each(['a\0b.db', 'app.db '])(
    'refuses the path %j, which libraries would read as another one',
    (path) => {
      expect(() => driver('full', nodeSqlite, path)).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID' }),
      )
    },
  )
})

/** The real library, as it answers on a network file system. */
function withoutWal(path: string): SynchronousDatabase {
  const database = nodeSqlite(path)
  return {
    get inTransaction() {
      return database.inTransaction
    },
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => (sql === 'PRAGMA journal_mode = wal' ? undefined : database.exec(sql)),
    close: () => database.close(),
  }
}
