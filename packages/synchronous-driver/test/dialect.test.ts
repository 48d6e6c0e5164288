import type { SqliteConnection } from '@durably/storage-kysely'
import { handedInDriver, synchronousDriver } from '@durably/synchronous-driver'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { COUNT, CREATE, insert } from './statements.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

interface Tables {
  readonly notes: { readonly id: number; readonly text: string }
}

describe("the application's dialect", () => {
  let folder: TemporaryFolder
  let connection: SqliteConnection
  let db: Kysely<Tables>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(async () => {
    await db.destroy()
    await connection.close()
    folder.remove()
  })

  async function connect(path = folder.path('app.db')): Promise<void> {
    connection = await synchronousDriver({ name: 'node:sqlite', path, openDatabase: nodeSqlite }).open()
    db = new Kysely<Tables>({ dialect: connection.dialect })
    await connection.batch([CREATE])
  }

  async function ids(): Promise<readonly number[]> {
    return (await db.selectFrom('notes').select('id').orderBy('id').execute()).map(({ id }) => id)
  }

  it('sees what Durably commits, and is seen', async () => {
    await connect()
    await connection.batch([insert(1)])
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('notes')
      .values({ id: 2, text: 'two' })
      .executeTakeFirstOrThrow()
    expect(numInsertedOrUpdatedRows).toBe(1n)
    expect(await ids()).toEqual([1, 2])
    expect((await connection.query(COUNT)).rows).toEqual([{ count: 2 }])
  })

  it('keeps its transactions apart from ours, on a file', async () => {
    await connect()
    await db.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ id: 1, text: 'one' }).execute()
      expect((await connection.query(COUNT)).rows).toEqual([{ count: 0 }])
      await expect(connection.batch([insert(2)])).rejects.toThrow(/locked/)
    })
    await connection.batch([insert(2)])
    expect(await ids()).toEqual([1, 2])
  })

  it('keeps its transactions apart from ours in memory, where both have one connection', async () => {
    await connect(':memory:')
    const failing = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ id: 1, text: 'one' }).execute()
      await expect(connection.batch([insert(2)])).rejects.toMatchObject({ cause: { code: 'STORAGE_BUSY' } })
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    await connection.batch([insert(3)])
    expect(await ids()).toEqual([3])
  })

  it('gives two Kysely instances in memory their turns', async () => {
    await connect(':memory:')
    const other = new Kysely<Tables>({ dialect: connection.dialect })
    const add = (kysely: Kysely<Tables>, id: number) =>
      kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto('notes').values({ id, text: '' }).execute()
        await Promise.resolve()
        await transaction.updateTable('notes').set({ text: 'done' }).where('id', '=', id).execute()
      })
    await Promise.all([add(db, 1), add(other, 2), add(db, 3), add(other, 4)])
    expect(await ids()).toEqual([1, 2, 3, 4])
    await other.destroy()
  })

  it('reads and then writes without failing on the writes of others', async () => {
    await connect()
    const others = [db, new Kysely<Tables>({ dialect: connection.dialect })]
    await connection.batch([insert(1, '0')])
    const increment = (kysely: Kysely<Tables>) =>
      kysely.transaction().execute(async (transaction) => {
        const { text } = await transaction.selectFrom('notes').select('text').executeTakeFirstOrThrow()
        await transaction
          .updateTable('notes')
          .set({ text: String(Number(text) + 1) })
          .execute()
      })
    await Promise.all(Array.from({ length: 20 }, (_, n) => increment(others[n % 2] ?? db)))
    expect(await db.selectFrom('notes').select('text').execute()).toEqual([{ text: '20' }])
    await others[1]?.destroy()
  })

  it('waits with a single write until another writer is done', async () => {
    await connect()
    const theirs = nodeSqlite(folder.path('app.db'))
    theirs.exec('BEGIN IMMEDIATE')
    const writing = sql`INSERT INTO notes (id, text) VALUES (1, 'raw')`.execute(db)
    setTimeout(() => theirs.exec('COMMIT'), 5)
    await writing
    theirs.close()
    expect(await ids()).toEqual([1])
  })

  it('rolls a failed single write back', async () => {
    await connect()
    await expect(sql`INSERT INTO notes (id, text) VALUES (1, NULL)`.execute(db)).rejects.toThrow(/NOT NULL/)
    await connection.batch([insert(1)])
    expect(await ids()).toEqual([1])
  })

  it('nests savepoints and streams rows', async () => {
    await connect()
    const transaction = await db.startTransaction().execute()
    await transaction.insertInto('notes').values({ id: 1, text: 'kept' }).execute()
    const nested = await transaction.savepoint('nested').execute()
    await nested.insertInto('notes').values({ id: 2, text: 'dropped' }).execute()
    await nested.rollbackToSavepoint('nested').execute()
    await transaction.commit().execute()
    const texts: string[] = []
    for await (const { text } of db.selectFrom('notes').select('text').stream()) texts.push(text)
    expect(texts).toEqual(['kept'])
  })

  it('works on a database handed in, and leaves it open', async () => {
    const database = nodeSqlite(folder.path('app.db'))
    connection = await handedInDriver('node:sqlite', database, folder.path('app.db')).open()
    db = new Kysely<Tables>({ dialect: connection.dialect })
    await connection.batch([CREATE, insert(1)])
    expect(await ids()).toEqual([1])
    await db.destroy()
    await connection.close()
    expect(database.prepare('SELECT count(*) AS count FROM notes').all([])).toMatchObject([{ count: 1 }])
    database.close()
  })
})
