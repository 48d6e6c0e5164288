import { sqlocalDriver } from '@durably/driver-sqlocal'
import type { SqliteConnection, Statement } from '@durably/storage-kysely'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { bundledWorker, deleteFiles, newConnection, newDatabasePath, statement } from './database.ts'
import { freezePage, resumePage } from './page.ts'

/** Ends the worker, which writes nothing after that, and opens the database in another. */
async function loseWorker(connection: SqliteConnection): Promise<void> {
  freezePage()
  resumePage()
  await vi.waitFor(() => connection.query(statement('SELECT 1')), { timeout: 10_000, interval: 10 })
}

async function rowsOf(connection: SqliteConnection, sql: string) {
  return (await connection.query(statement(sql))).rows
}

test('a commit that outgrew the cache survives the worker, also where the disk is not waited for', async () => {
  const connection = await newConnection({ durability: 'process' })
  await connection.batch([
    statement('CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT)'),
    statement('CREATE INDEX i ON t (k)'),
    statement('CREATE TABLE last (x)'),
    statement('INSERT INTO last VALUES (0)'),
  ])
  await connection.query(statement('PRAGMA cache_size = 20'))
  // All over the index, so that pages are written before the commit, and once more after that.
  const inserts = Array.from({ length: 1200 }, (_, index) =>
    statement('INSERT INTO t (k) VALUES (?)', `${'k'.repeat(400)} ${(index * 7919) % 10_000}`),
  )
  await connection.batch([...inserts, statement('UPDATE last SET x = 1')])
  await loseWorker(connection)
  expect(await rowsOf(connection, 'SELECT count(*) AS n, (SELECT x FROM last) AS x FROM t')).toEqual([
    { n: 1200, x: 1 },
  ])
  expect(await rowsOf(connection, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
})

type Change = { readonly put: number; readonly bytes: number } | { readonly remove: number } | 'save' | 'undo'

interface Transaction {
  readonly changes: readonly Change[]
  readonly fails: boolean
}

const key = fc.nat(400)
const bytes = fc.oneof({ weight: 9, arbitrary: fc.nat(900) }, fc.nat(30_000))
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ put: key, bytes }) },
  { weight: 2, arbitrary: fc.record({ remove: key }) },
  fc.constantFrom('save', 'undo'),
)
const transaction: fc.Arbitrary<Transaction> = fc.record({
  changes: fc.array(change, { minLength: 20, maxLength: 150, size: 'max' }),
  fails: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
})
const life = fc.record({
  cachePages: fc.constantFrom(5, 20, 60),
  transactions: fc.array(transaction, { minLength: 1, maxLength: 3 }),
  finally: fc.oneof(
    { weight: 4, arbitrary: fc.constant('') },
    fc.constantFrom('VACUUM', 'PRAGMA wal_checkpoint(TRUNCATE)'),
  ),
})

test('whatever transactions, savepoints and clean-ups outgrow the cache, exactly what was acknowledged survives the worker', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('full' as const, 'process' as const),
      fc.array(life, { minLength: 2, maxLength: 3 }),
      async (durability, lives) => {
        const databasePath = newDatabasePath()
        const driver = sqlocalDriver({ databasePath, persist: false, worker: bundledWorker, durability })
        const connection = await driver.open()
        await connection.batch([statement('CREATE TABLE t (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID')])
        let model: Model = new Map()
        for (const { cachePages, transactions, finally: cleanUp } of lives) {
          await connection.query(statement(`PRAGMA cache_size = ${cachePages}`))
          for (const { changes, fails } of transactions) {
            const { statements, after } = planned(changes, model)
            const failing = fails ? [statement('INSERT INTO absent VALUES (1)')] : []
            const committed = connection.batch([...statements, ...failing])
            if (fails) await expect(committed).rejects.toThrow('absent')
            else {
              await committed
              model = after
            }
          }
          if (cleanUp !== '') await connection.query(statement(cleanUp))
          await loseWorker(connection)
          const rows = await rowsOf(connection, 'SELECT k, length(v) AS bytes FROM t')
          expect(new Map(rows.map(({ k, bytes: stored }) => [k, stored]))).toEqual(model)
          expect(await rowsOf(connection, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
        }
        await connection.close()
        await deleteFiles(databasePath)
      },
    ),
    { seed: 1, numRuns: 3, endOnFailure: true },
  )
})

/** How many bytes are stored under which key. */
type Model = ReadonlyMap<string, number>

/** The statements of a transaction, and what is stored after it. */
function planned(changes: readonly Change[], before: Model): { statements: Statement[]; after: Model } {
  const statements: Statement[] = []
  const saved: Model[] = []
  let after = new Map(before)
  const nameOf = (number: number) => `${'k'.repeat(200)}${number}`
  for (const each of changes) {
    if (each === 'save') {
      statements.push(statement(`SAVEPOINT s${saved.length}`))
      saved.push(new Map(after))
    } else if (each === 'undo') {
      const back = saved.pop()
      if (back === undefined) continue
      after = new Map(back)
      statements.push(statement(`ROLLBACK TO s${saved.length}`), statement(`RELEASE s${saved.length}`))
    } else if ('remove' in each) {
      after.delete(nameOf(each.remove))
      statements.push(statement('DELETE FROM t WHERE k = ?', nameOf(each.remove)))
    } else {
      after.set(nameOf(each.put), each.bytes)
      statements.push(
        statement(
          'INSERT INTO t VALUES (?, zeroblob(?)) ON CONFLICT (k) DO UPDATE SET v = excluded.v',
          nameOf(each.put),
          each.bytes,
        ),
      )
    }
  }
  return { statements, after }
}
