import { join } from 'node:path'
import Database from 'better-sqlite3'
import { SqliteDialect } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dialectDriver } from '../src/dialect-driver.ts'
import type { SqliteConnection, Statement } from '../src/driver.ts'
import { kyselyStorage } from '../src/kysely-storage.ts'
import { claimOf, NOW, newRun } from './support/requests.ts'
import { sqliteDriver } from './support/sqlite-driver.ts'
import { migratedStorage, openStorage } from './support/storage.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

// What every dialect has to do is asked by the storage suite; here is what is special about this driver.

describe('a dialect as a driver', () => {
  it('carries a storage', async () => {
    const storage = kyselyStorage({ dialect: new SqliteDialect({ database: new Database(':memory:') }) })
    onTestFinished(() => storage.close())
    await storage.migrate()
    const [stored] = await storage.enqueue([newRun()], NOW)
    expect((await storage.claim(claimOf())).map(({ run }) => run.id)).toEqual([stored?.run.id])
  })

  it('refuses a connection that answers integers as anything but numbers', async () => {
    const database = new Database(':memory:')
    database.defaultSafeIntegers(true)
    const storage = kyselyStorage({ dialect: new SqliteDialect({ database }) })
    onTestFinished(() => storage.close())
    await storage.migrate()
    await expect(storage.enqueue([newRun()], NOW)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('takes the write lock at the beginning of a batch, before anything is read', async () => {
    const path = join(temporaryFolder(), 'test.db')
    await migratedStorage(sqliteDriver({ path }))
    const { connection } = await openDialect(path)
    const { database: other } = openFile(path)
    other.exec('BEGIN IMMEDIATE')
    const read = { sql: 'SELECT count(*) AS n FROM durably_runs', parameters: [], returnsRows: true }
    await expect(connection.batch([read])).rejects.toMatchObject({ cause: { code: 'SQLITE_BUSY' } })
    other.exec('COMMIT')
    expect(await connection.batch([read])).toEqual([{ rows: [{ n: 0 }] }])
  })

  it('undoes a batch that fails, says which statement it was, and works on', async () => {
    const path = join(temporaryFolder(), 'test.db')
    await migratedStorage(sqliteDriver({ path }))
    const { connection } = await openDialect(path)
    await expect(
      connection.batch([insertLabel('a'), insertLabel('b'), insertLabel(null)]),
    ).rejects.toMatchObject({
      statementIndex: 2,
      outcomeUnknown: false,
    })
    await connection.batch([insertLabel('c')])
    const { rows } = await connection.query({
      sql: 'SELECT value FROM durably_labels',
      parameters: [],
      returnsRows: true,
    })
    expect(rows).toEqual([{ value: 'c' }])
  })

  it('binds late values from the results before them', async () => {
    const path = join(temporaryFolder(), 'test.db')
    await migratedStorage(sqliteDriver({ path }))
    const { connection } = await openDialect(path)
    const late: Statement = { ...insertLabel(null), late: ([first]) => [`${first?.rows[0]?.['n']} before`] }
    await connection.batch([{ sql: 'SELECT 7 AS n', parameters: [], returnsRows: true }, late])
    const { rows } = await connection.query({
      sql: 'SELECT value FROM durably_labels',
      parameters: [],
      returnsRows: true,
    })
    expect(rows).toEqual([{ value: '7 before' }])
  })

  it('keeps a read beside a batch outside of its transaction', async () => {
    const path = join(temporaryFolder(), 'test.db')
    await migratedStorage(sqliteDriver({ path }))
    const { connection } = await openDialect(path)
    const failing = connection.batch([insertLabel('a'), insertLabel(null)]).catch(() => undefined)
    const { rows } = await connection.query({
      sql: 'SELECT value FROM durably_labels',
      parameters: [],
      returnsRows: true,
    })
    await failing
    expect(rows).toEqual([])
  })

  it('waits while a transaction of the application is open on the same handle', async () => {
    const path = join(temporaryFolder(), 'test.db')
    const { database } = openFile(path)
    const storage = openStorage(dialectDriver(new SqliteDialect({ database })))
    await storage.migrate()
    database.exec('BEGIN')
    const enqueued = storage.enqueue([newRun()], NOW)
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    database.exec('COMMIT')
    expect(await enqueued).toHaveLength(1)
  })

  it('takes a failure that is none of SQLite for a lost answer', async () => {
    const { database } = openFile(join(temporaryFolder(), 'test.db'))
    const connection = await dialectDriver(new SqliteDialect({ database })).open()
    database.close()
    await expect(connection.batch([insertLabel('a')])).rejects.toMatchObject({ outcomeUnknown: true })
  })
})

function openFile(path: string) {
  const database = new Database(path, { timeout: 0 })
  database.pragma('journal_mode = WAL')
  onTestFinished(() => void database.close())
  return { database }
}

async function openDialect(path: string): Promise<{ readonly connection: SqliteConnection }> {
  const { database } = openFile(path)
  return { connection: await dialectDriver(new SqliteDialect({ database })).open() }
}

function insertLabel(value: string | null): Statement {
  return {
    sql: `INSERT INTO durably_labels (name, value, run_id) VALUES ('name', +?, 'run')`,
    parameters: [value],
    returnsRows: false,
  }
}
