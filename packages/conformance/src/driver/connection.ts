import type { SqliteConnection, Statement } from '@durably/storage-kysely'
import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineDriverCase } from './driver-case.ts'
import { addItem, batchPatiently, read, write } from './driver-case.ts'

/** One connection beside others, and its end. */
export function connectionCases(define: DefineDriverCase): void {
  define('a read sees what was committed before', async (bench) => {
    await bench.connection.batch([addItem('a')])
    expectEqual(await bench.items(), ['a'], 'what is read')
  })

  define('a read beside a batch sees all of it or nothing', async (bench) => {
    for (let round = 1; round <= 10; round++) {
      const [, rows] = await Promise.all([
        bench.connection.batch([addItem(`${round} a`), addItem(`${round} b`)]),
        bench.rows('SELECT count(*) AS count FROM items'),
      ])
      const count = Number(rows[0]?.['count'])
      expectTrue(count % 2 === 0, `a read must see both rows of a batch or neither, but there were ${count}`)
    }
  })

  define('several reads at once are all answered', async (bench) => {
    await bench.connection.batch([addItem('a')])
    const answers = await Promise.all(Array.from({ length: 20 }, () => bench.items()))
    expectEqual(
      answers,
      Array.from({ length: 20 }, () => ['a']),
      'the answers',
    )
  })

  define('closing again is no error, and nothing works afterwards', async ({ connection }) => {
    await connection.close()
    await connection.close()
    const outcomes = await Promise.allSettled([
      connection.batch([addItem('a')]),
      connection.query(read('SELECT 1')),
    ])
    expectEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
      'a batch and a read after close',
    )
  })

  define('a watch ends when it is told to, also twice, also after close', async ({ connection }) => {
    const stops = [connection.watch?.(() => undefined), connection.watch?.(() => undefined)]
    stops[0]?.()
    stops[0]?.()
    await connection.close()
    stops[1]?.()
  })

  define(
    'what was committed is there when the database is opened again',
    async (bench) => {
      await bench.connection.batch([addItem('a')])
      await bench.connection.close()
      const again = await bench.openAnother()
      const { rows } = await again.query(read('SELECT name FROM items'))
      expectEqual(
        rows.map((row) => row['name']),
        ['a'],
        'what is stored',
      )
    },
    { needs: 'persistent' },
  )

  define(
    'two owners see what the other committed',
    async (bench) => {
      const other = await bench.openAnother()
      await batchPatiently(bench.connection, [addItem('a')])
      await batchPatiently(other, [addItem('b')])
      expectEqual(await bench.items(), ['a', 'b'], 'what the first owner reads')
    },
    { needs: 'shared' },
  )

  define(
    'batches of two owners never mix, and a busy database is only busy',
    async (bench) => {
      const other = await bench.openAnother()
      await bench.connection.batch(COUNTER)
      const work = async (connection: SqliteConnection) => {
        for (let count = 0; count < 20; count++) await batchPatiently(connection, increment())
      }
      await Promise.all([work(bench.connection), work(other)])
      expectEqual(await bench.rows('SELECT n FROM counters'), [{ n: 40 }], 'the counter')
    },
    { needs: 'shared' },
  )

  define(
    'a batch that begins with a read has the database for itself from the beginning',
    async (bench) => {
      const other = await bench.openAnother()
      await bench.connection.batch(COUNTER)
      const interfering: Promise<void>[] = []
      await bench.connection.batch(increment(() => interfering.push(batchPatiently(other, increment()))))
      await Promise.all(interfering)
      expectEqual(await bench.rows('SELECT n FROM counters'), [{ n: 2 }], 'the counter')
    },
    { needs: 'shared' },
  )
}

const COUNTER = [
  write('CREATE TABLE counters (n INTEGER NOT NULL) STRICT'),
  write('INSERT INTO counters VALUES (0)'),
]

/** Counts up by what was read in the same transaction, so that an update that is lost shows. */
function increment(beforeTheWrite: () => void = () => undefined): readonly Statement[] {
  return [
    read('SELECT n FROM counters'),
    {
      ...write('UPDATE counters SET n = +?'),
      late(resultsSoFar) {
        beforeTheWrite()
        return [Number(resultsSoFar[0]?.rows[0]?.['n']) + 1]
      },
    },
  ]
}
