import { join } from 'node:path'
import { DurablyError } from '@durably/core'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CommitQueue, type CommitQueueOptions, MAX_WEIGHT } from '../src/commit-queue.ts'
import { BatchError, type SqliteConnection, type SqlValue, type Statement } from '../src/driver.ts'
import type { Operation } from '../src/operation.ts'
import { sqliteDriver } from './support/sqlite-driver.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { type VirtualScheduler, virtualScheduler } from './support/virtual-scheduler.ts'

describe('the commit queue', () => {
  it('commits together what is submitted in one turn, however deep its awaits, in the order of submission', async () => {
    const { queue, batches, stored } = await setUp()
    await Promise.all([
      queue.submit(insert('a')),
      (async () => {
        for (let i = 0; i < 20; i++) await Promise.resolve()
        await queue.submit(insert('c'))
      })(),
      queue.submit(insert('b')),
    ])
    expect(batches).toEqual([['a', 'b', 'c']])
    expect(await stored()).toEqual(['a', 'b', 'c'])
  })

  it('composes an operation when the commit is put together, not when it is submitted', async () => {
    const { queue, stored } = await setUp()
    let value = 'early'
    const submitted = queue.submit({ ...insert(''), compose: () => [insertStatement(value)] })
    value = 'late'
    await submitted
    expect(await stored()).toEqual(['late'])
  })

  it('resolves only after the commit', async () => {
    const path = join(temporaryFolder(), 'test.db')
    const { queue } = await setUp({ path })
    const other = new Database(path)
    onTestFinished(() => void other.close())
    await queue.submit(insert('a'))
    expect(other.prepare('SELECT value FROM t').pluck().all()).toEqual(['a'])
  })

  it('gathers what arrives while a commit is in flight', async () => {
    const { queue, batches } = await setUp({
      batch: (batch) => (statements) => macrotask().then(() => batch(statements)),
    })
    const first = queue.submit(insert('a'))
    await macrotask()
    await Promise.all([first, queue.submit(insert('b')), queue.submit(insert('c'))])
    expect(batches).toEqual([['a'], ['b', 'c']])
  })

  it('lets timers run between the commits of a synchronous driver', async () => {
    const { queue } = await setUp()
    let timers = 0
    const timer = setInterval(() => timers++, 0)
    onTestFinished(() => clearInterval(timer))
    const deadline = performance.now() + 50
    while (performance.now() < deadline) await queue.submit(insert(''))
    expect(timers).toBeGreaterThan(2)
  })

  it('bounds a commit by the weight of its operations', async () => {
    const { queue, batches } = await setUp()
    await Promise.all(Array.from({ length: MAX_WEIGHT + 44 }, (_, i) => queue.submit(insert(String(i)))))
    expect(batches.map((batch) => batch.length)).toEqual([MAX_WEIGHT, 44])
  })

  it('lets an operation that is too heavy for any commit travel alone', async () => {
    const { queue, batches } = await setUp()
    await Promise.all([
      queue.submit(insert('a')),
      queue.submit({ ...insert('heavy'), weight: 10_000 }),
      queue.submit(insert('b')),
      queue.submit(insert('c')),
    ])
    expect(batches).toEqual([['a'], ['heavy'], ['b', 'c']])
  })

  it('drains at once when idle, and otherwise when everything is committed', async () => {
    const { queue, stored } = await setUp()
    await queue.drain()
    const submitted = Promise.all(Array.from({ length: MAX_WEIGHT + 1 }, () => queue.submit(insert('a'))))
    await queue.drain()
    expect(await stored()).toHaveLength(MAX_WEIGHT + 1)
    await submitted
  })
})

describe('the commit queue, when one operation fails', () => {
  it('rejects that one, and commits the others as a group', async () => {
    const { queue, batches, stored } = await setUp()
    const outcomes = await settled(queue, [insert('a'), refused, insert('b'), insert('c')])
    expect(outcomes).toEqual(['done', 'STORAGE_IO', 'done', 'done'])
    expect(await stored()).toEqual(['a', 'b', 'c'])
    expect(batches).toEqual([['a', null, 'b', 'c'], ['a', 'b', 'c'], [null]])
  })

  it('finds it by halves where the driver does not say which it was', async () => {
    const { queue, stored } = await setUp({
      batch: (batch) => (statements) =>
        batch(statements).catch((error: BatchError) => {
          throw new BatchError(error.cause, { statementIndex: null, outcomeUnknown: false })
        }),
    })
    const operations = [...'abcdefg'].map(insert)
    const outcomes = await settled(queue, [...operations.slice(0, 5), refused, ...operations.slice(5)])
    expect(outcomes).toEqual(['done', 'done', 'done', 'done', 'done', 'STORAGE_IO', 'done', 'done'])
    expect(await stored()).toEqual([...'abcdefg'])
  })

  it('says that repeating it is of no use', async () => {
    const { queue } = await setUp()
    await expect(queue.submit(refused)).rejects.toMatchObject({ code: 'STORAGE_IO', retryable: false })
  })

  it('rejects several guilty ones, each with its own error', async () => {
    const { queue, stored } = await setUp()
    const alsoRefused = {
      ...refused,
      compose: () => [{ sql: 'INSERT INTO absent VALUES (1)', parameters: [], returnsRows: false }],
    }
    const reasons = await Promise.allSettled(
      [refused, insert('a'), alsoRefused].map((operation) => queue.submit(operation)),
    )
    expect(
      reasons.map((reason) => (reason.status === 'rejected' ? String(reason.reason.message) : '')),
    ).toEqual([expect.stringContaining('NOT NULL'), '', expect.stringContaining('absent')])
    expect(await stored()).toEqual(['a'])
  })

  it('keeps an answer that throws to the operation it belongs to', async () => {
    const { queue, stored } = await setUp()
    const lost = new Error('lease lost')
    const throwing: Operation<void> = {
      ...insert('a'),
      read() {
        throw lost
      },
    }
    const [first, second] = await Promise.allSettled([queue.submit(throwing), queue.submit(insert('b'))])
    expect(first).toMatchObject({ reason: lost })
    expect(second.status).toBe('fulfilled')
    expect(await stored()).toEqual(['a', 'b'])
  })

  it('leaves out an operation that cannot be composed', async () => {
    const { queue, stored } = await setUp()
    const broken: Operation<void> = {
      ...insert(''),
      compose() {
        throw new Error('no limit')
      },
    }
    const [first, second] = await Promise.allSettled([queue.submit(broken), queue.submit(insert('b'))])
    expect(first).toMatchObject({ reason: { message: 'no limit' } })
    expect(second.status).toBe('fulfilled')
    expect(await stored()).toEqual(['b'])
  })
})

describe('the commit queue, when the database cannot answer', () => {
  it('waits for a lock in short jittered steps, without blocking', async () => {
    const path = join(temporaryFolder(), 'test.db')
    const { queue, batches, scheduler } = await setUp({ path })
    const other = holdLock(path)
    const submitted = queue.submit(insert('a'))
    while (batches.length < 20) await macrotask()
    other.exec('COMMIT')
    await submitted
    expect(scheduler.elapsedMs).toBeGreaterThan(0)
    expect(scheduler.elapsedMs).toBeLessThan(16 * batches.length)
  })

  it('gives up with STORAGE_BUSY once the budget is spent, and works again when the lock is gone', async () => {
    const path = join(temporaryFolder(), 'test.db')
    const { queue, scheduler, stored } = await setUp({ path })
    const other = holdLock(path)
    await expect(queue.submit(insert('a'))).rejects.toMatchObject({ code: 'STORAGE_BUSY', retryable: true })
    expect(scheduler.elapsedMs).toBeGreaterThanOrEqual(BUDGET_MS)
    expect(scheduler.elapsedMs).toBeLessThan(BUDGET_MS + 50)
    other.exec('COMMIT')
    await queue.submit(insert('b'))
    expect(await stored()).toEqual(['b'])
  })

  it('repeats a commit whose answer was lost, with the same statements', async () => {
    let losses = 3
    const { queue, stored } = await setUp({
      batch: (batch) => async (statements) => {
        const results = await batch(statements)
        if (losses-- > 0)
          throw new BatchError(new Error('socket hang up'), { statementIndex: null, outcomeUnknown: true })
        return results
      },
    })
    let composed = 0
    await queue.submit({ ...insert(''), compose: () => [insertStatement(`call ${++composed}`)] })
    expect(composed).toBe(1)
    expect(await stored()).toEqual(['call 1', 'call 1', 'call 1', 'call 1'])
  })

  it('gives up in the end, and says that the change may have been made', async () => {
    const { queue, scheduler } = await setUp({
      batch: () => () =>
        Promise.reject(
          new BatchError(new Error('socket hang up'), { statementIndex: null, outcomeUnknown: true }),
        ),
    })
    const submitted = [queue.submit(insert('a')), queue.submit(insert('b'))]
    for (const { status, reason } of (await Promise.allSettled(submitted)) as PromiseRejectedResult[]) {
      expect(status).toBe('rejected')
      expect(reason).toMatchObject({ code: 'STORAGE_IO', retryable: true })
      expect(reason.message).toContain('may have been made or not')
    }
    expect(scheduler.elapsedMs).toBeLessThan(BUDGET_MS + 1001)
  })

  it('does not say that nothing was done when an answer was lost and the database is busy since', async () => {
    let attempts = 0
    const { queue, stored } = await setUp({
      batch: (batch) => async (statements) => {
        attempts++
        if (attempts === 1) await batch(statements)
        const cause = attempts === 1 ? new Error('lost') : new DurablyError('STORAGE_BUSY', 'Nobody leads.')
        throw new BatchError(cause, { statementIndex: null, outcomeUnknown: attempts === 1 })
      },
    })
    await expect(queue.submit(insert('a'))).rejects.toMatchObject({
      code: 'STORAGE_IO',
      retryable: true,
      message: expect.stringContaining('may have been made or not'),
    })
    expect(await stored()).toEqual(['a'])
  })

  it('asks once for a group that is refused on the way to the database, not once for each', async () => {
    const refused = new DurablyError('STORAGE_IO', 'The server refused the token.', { retryable: false })
    const { queue, batches } = await setUp({
      batch: () => async () => {
        throw new BatchError(refused, { statementIndex: null, outcomeUnknown: false })
      },
    })
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((value) => queue.submit(insert(value))))
    expect(batches).toEqual([['a', 'b', 'c']])
    expect(outcomes).toEqual(Array(3).fill({ status: 'rejected', reason: refused }))
  })

  it('rejects every operation of the commit when the disk is full, and works again when it is not', async () => {
    const { queue, connection, batches, stored } = await setUp()
    await connection.query({ sql: 'PRAGMA max_page_count = 2', parameters: [], returnsRows: true })
    const long = 'x'.repeat(10_000)
    expect(await settled(queue, [insert(long), insert('b'), insert('c')])).toEqual(
      Array(3).fill('STORAGE_FULL'),
    )
    expect(batches.length).toBe(1)
    await connection.query({ sql: 'PRAGMA max_page_count = 10000', parameters: [], returnsRows: true })
    await queue.submit(insert(long))
    expect(await stored()).toEqual([long])
  })
})

const BUDGET_MS = 1000

type Batch = SqliteConnection['batch']

interface SetUp {
  readonly path?: string
  /** Stands between the queue and the database. */
  readonly batch?: (batch: Batch) => Batch
}

interface Setting {
  readonly queue: CommitQueue
  readonly connection: SqliteConnection
  readonly scheduler: VirtualScheduler
  /** The values of each batch that was attempted. */
  readonly batches: readonly SqlValue[][]
  /** What is in the table. */
  stored(): Promise<readonly SqlValue[]>
}

/** A queue on a real database with one table. */
async function setUp({ path = ':memory:', batch = (real) => real }: SetUp = {}): Promise<Setting> {
  const driver = sqliteDriver({ path })
  const connection = await driver.open()
  onTestFinished(() => connection.close())
  await connection.batch([
    { sql: 'CREATE TABLE t (value TEXT NOT NULL)', parameters: [], returnsRows: false },
  ])
  const batches: SqlValue[][] = []
  const scheduler = virtualScheduler()
  const attempt = batch((statements) => connection.batch(statements))
  const options: CommitQueueOptions = {
    connection: {
      ...connection,
      batch(statements) {
        batches.push(statements.map(({ parameters }) => parameters[0] ?? null))
        return attempt(statements)
      },
    },
    driver,
    scheduler,
    random: () => 0.5,
    budgetMs: BUDGET_MS,
  }
  return {
    queue: new CommitQueue(options),
    connection,
    batches,
    scheduler,
    async stored() {
      const select = { sql: 'SELECT value FROM t ORDER BY rowid', parameters: [], returnsRows: true }
      return (await connection.query(select)).rows.map(({ value }) => value ?? null)
    },
  }
}

function insertStatement(value: SqlValue): Statement {
  return { sql: 'INSERT INTO t VALUES (+?)', parameters: [value], returnsRows: false }
}

function insert(value: string): Operation<void> {
  return { weight: 1, compose: () => [insertStatement(value)], read: () => undefined }
}

const refused: Operation<void> = { weight: 1, compose: () => [insertStatement(null)], read: () => undefined }

/** Submits them in one turn; what became of each. */
async function settled(
  queue: CommitQueue,
  operations: readonly Operation<void>[],
): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(operations.map((operation) => queue.submit(operation)))
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : String(outcome.reason.code)))
}

function holdLock(path: string): Database.Database {
  const database = new Database(path)
  onTestFinished(() => void database.close())
  database.exec('BEGIN IMMEDIATE')
  return database
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
