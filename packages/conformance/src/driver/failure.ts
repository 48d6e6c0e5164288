import type { Statement } from '@durably/storage-kysely'
import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineDriverCase, DriverBench } from './driver-case.ts'
import { addItem, failureOfBatch, read, write } from './driver-case.ts'

/** Batches that fail. */
export function failureCases(define: DefineDriverCase): void {
  for (const [reason, statement] of Object.entries(REFUSED)) {
    define(`nothing of a batch is stored when a statement ${reason}`, async (bench) => {
      await bench.connection.batch([addItem('before')])
      const error = await failureOfBatch(bench.connection, [
        addItem('a'),
        addItem('b'),
        statement,
        addItem('c'),
      ])
      expectTrue(
        error.statementIndex === 2 || error.statementIndex === null,
        `statementIndex must be 2, or null when it cannot be told, but it is ${error.statementIndex}`,
      )
      expectEqual(error.outcomeUnknown, false, 'outcomeUnknown of a refusal')
      expectEqual(await bench.items(), ['before'], 'what is stored')
      await expectUsable(bench)
    })
  }

  define('nothing is stored when making late values fails', async (bench) => {
    const late = () => {
      throw new Error('no values')
    }
    await failureOfBatch(bench.connection, [addItem('a'), { ...addItem(''), late }])
    expectEqual(await bench.items(), [], 'what is stored')
    await expectUsable(bench)
  })

  define('nothing is stored when a statement with late values is refused', async (bench) => {
    const late = () => ['a']
    const error = await failureOfBatch(bench.connection, [addItem('a'), { ...addItem(''), late }])
    expectTrue(
      error.statementIndex === 1 || error.statementIndex === null,
      'statementIndex must be 1 or null',
    )
    expectEqual(await bench.items(), [], 'what is stored')
    await expectUsable(bench)
  })

  define('nothing is stored when the commit is refused', async (bench) => {
    const [enforced] = await bench.rows('PRAGMA foreign_keys').catch(() => [])
    if (enforced?.['foreign_keys'] !== 1) return
    const reference = 'INTEGER REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED'
    await bench.connection.batch([write(`CREATE TABLE parts (item ${reference}) STRICT`)])
    await failureOfBatch(bench.connection, [addItem('a'), write('INSERT INTO parts (item) VALUES (999)')])
    expectEqual(await bench.items(), [], 'what is stored')
    await expectUsable(bench)
  })

  define('a connection survives many failures in a row', async (bench) => {
    for (let round = 0; round < 20; round++) {
      for (const statement of Object.values(REFUSED))
        await failureOfBatch(bench.connection, [addItem('a'), statement])
    }
    await expectUsable(bench)
  })

  define('a read that is refused rejects, and leaves the connection usable', async (bench) => {
    const outcome = await bench.connection.query(read('SELECT * FROM absent')).then(
      () => 'resolved',
      () => 'rejected',
    )
    expectEqual(outcome, 'rejected', 'a read of a table that does not exist')
    await expectUsable(bench)
  })
}

const REFUSED: Readonly<Record<string, Statement>> = {
  'breaks a unique constraint': addItem('a'),
  'breaks a unique constraint while it returns rows': read(
    `INSERT INTO items (name) SELECT value FROM json_each('["x","y","a"]') RETURNING id`,
  ),
  'breaks NOT NULL': write('INSERT INTO items (name) VALUES (+?)', null),
  'breaks the type of a column': write('UPDATE items SET id = +?', 'text'),
  'names a table that does not exist': write('INSERT INTO absent VALUES (1)'),
  'is not SQL': write('this is not SQL'),
}

async function expectUsable(bench: DriverBench): Promise<void> {
  const [result] = await bench.connection.batch([
    read('INSERT INTO items (name) VALUES (+?) RETURNING name', `after ${Math.random()}`),
  ])
  expectEqual(result?.rows.length, 1, 'how many rows the next batch returns')
  const [{ count } = {}] = await bench.rows(
    'SELECT count(*) AS count FROM items WHERE name LIKE +?',
    'after %',
  )
  expectTrue(Number(count) >= 1, 'the next batch must be stored')
}
