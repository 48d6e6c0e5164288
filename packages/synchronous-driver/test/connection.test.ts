import { readdirSync } from 'node:fs'
import type { SqliteConnection } from '@durably/storage-kysely'
import { type SynchronousDatabase, synchronousDriver } from '@durably/synchronous-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeSqlite } from './node-sqlite.ts'
import { COUNT, CREATE, insert, read } from './statements.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

describe('a connection', () => {
  let folder: TemporaryFolder
  let connections: SqliteConnection[]
  beforeEach(() => {
    folder = temporaryFolder()
    connections = []
  })
  afterEach(async () => {
    for (const connection of connections) await connection.close()
    folder.remove()
  })

  async function connect(
    openDatabase: (path: string) => SynchronousDatabase = nodeSqlite,
    path = folder.path('app.db'),
  ): Promise<SqliteConnection> {
    const connection = await synchronousDriver({ name: 'node:sqlite', path, openDatabase }).open()
    connections.push(connection)
    return connection
  }

  async function count(connection: SqliteConnection): Promise<unknown> {
    return (await connection.query(COUNT)).rows[0]?.['count']
  }

  it('names the statement that failed, and stores nothing of its batch', async () => {
    const connection = await connect()
    await connection.batch([CREATE])
    await expect(connection.batch([insert(1), insert(2), insert(2), insert(3)])).rejects.toMatchObject({
      name: 'BatchError',
      statementIndex: 2,
      outcomeUnknown: false,
    })
    expect(await count(connection)).toBe(0)
  })

  it('goes on after a failed batch', async () => {
    const connection = await connect()
    await connection.batch([CREATE, insert(1)])
    await expect(connection.batch([insert(1)])).rejects.toThrow(/UNIQUE/)
    await connection.batch([insert(2)])
    expect(await count(connection)).toBe(2)
  })

  it('binds late values from the results before them', async () => {
    const connection = await connect()
    await connection.batch([
      CREATE,
      insert(7),
      read('SELECT max(id) AS id FROM notes'),
      { ...insert(0), late: (results) => [Number(results[2]?.rows[0]?.['id']) + 1, 'late'] },
    ])
    expect((await connection.query(read('SELECT id FROM notes ORDER BY id'))).rows).toEqual([
      { id: 7 },
      { id: 8 },
    ])
  })

  it('rolls back when late values cannot be made', async () => {
    const connection = await connect()
    await connection.batch([CREATE])
    const late = (): never => {
      throw new Error('no value')
    }
    await expect(connection.batch([insert(1), { ...insert(2), late }])).rejects.toMatchObject({
      message: 'no value',
      statementIndex: 1,
    })
    expect(await count(connection)).toBe(0)
  })

  it('prepares a text once', async () => {
    const prepared: string[] = []
    const connection = await connect(recording(prepared))
    await connection.batch([CREATE])
    for (let id = 0; id < 10; id++) await connection.batch([insert(id)])
    expect(prepared.filter((sql) => sql === insert(0).sql)).toHaveLength(1)
    expect(prepared.filter((sql) => sql === 'COMMIT')).toHaveLength(1)
  })

  it('keeps 500 prepared statements at most', async () => {
    const prepared: string[] = []
    const connection = await connect(recording(prepared))
    const first = read('SELECT 0')
    await connection.query(first)
    for (let n = 1; n <= 500; n++) await connection.query(read(`SELECT ${n}`))
    await connection.query(first)
    expect(prepared.filter((sql) => sql === first.sql)).toHaveLength(2)
    await connection.query(first)
    expect(prepared.filter((sql) => sql === first.sql)).toHaveLength(2)
  })

  it('opens the file anew when its connection can commit no more', async () => {
    let opened = 0
    const connection = await connect((path) => {
      opened += 1
      return opened === 1 ? refusingCommits(nodeSqlite(path), () => opened === 1) : nodeSqlite(path)
    })
    await expect(connection.batch([CREATE])).rejects.toMatchObject({ statementIndex: null })
    await connection.batch([CREATE, insert(1)])
    expect(opened).toBe(2)
    expect(await count(connection)).toBe(1)
  })

  it('refuses at once, as busy, while another connection writes', async () => {
    const [ours, theirs] = [await connect(), nodeSqlite(folder.path('app.db'))]
    await ours.batch([CREATE])
    theirs.exec('BEGIN IMMEDIATE')
    const startedAt = performance.now()
    await expect(ours.batch([insert(1)])).rejects.toMatchObject({
      name: 'BatchError',
      message: 'database is locked',
      statementIndex: null,
    })
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    theirs.exec('COMMIT')
    theirs.close()
    await ours.batch([insert(1)])
    expect(await count(ours)).toBe(1)
  })

  it('is closed once, and refuses what comes later', async () => {
    const connection = await connect()
    await connection.close()
    await connection.close()
    await expect(connection.batch([CREATE])).rejects.toMatchObject({ cause: { code: 'STOPPED' } })
    await expect(connection.query(read('SELECT 1'))).rejects.toMatchObject({ code: 'STOPPED' })
  })

  it('leaves one complete file behind', async () => {
    const connection = await connect()
    await connection.batch([CREATE, insert(1)])
    await connection.close()
    expect(readdirSync(folder.path('.'))).toEqual(['app.db'])
    expect(await count(await connect())).toBe(1)
  })

  it('keeps a database in memory for itself', async () => {
    const [one, other] = [await connect(nodeSqlite, ':memory:'), await connect(nodeSqlite, ':memory:')]
    await one.batch([CREATE])
    await expect(other.query(COUNT)).rejects.toThrow(/no such table/)
    expect(one.watch).toBeUndefined()
  })
})

/** The real library, noting what is prepared. */
function recording(prepared: string[]): (path: string) => SynchronousDatabase {
  return (path) => {
    const database = nodeSqlite(path)
    return {
      get inTransaction() {
        return database.inTransaction
      },
      prepare(sql) {
        prepared.push(sql)
        return database.prepare(sql)
      },
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
    }
  }
}

/** The real library, in the state that `libsql` falls into after some failures. */
function refusingCommits(database: SynchronousDatabase, refuses: () => boolean): SynchronousDatabase {
  return {
    get inTransaction() {
      return database.inTransaction
    },
    prepare(sql) {
      const statement = database.prepare(sql)
      if (sql !== 'COMMIT') return statement
      const run = (): never => {
        throw Object.assign(new Error('cannot commit transaction - SQL statements in progress'), {
          code: 'SQLITE_BUSY',
        })
      }
      return { ...statement, run: refuses() ? run : statement.run }
    },
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  }
}
