import { expectEqual } from '../expect.ts'
import type { DefineDriverCase } from './driver-case.ts'
import { addItem, read, write } from './driver-case.ts'

/** Batches that succeed. */
export function batchCases(define: DefineDriverCase): void {
  define('statements run in order, and each has its result', async (bench) => {
    const results = await bench.connection.batch([
      addItem('a'),
      read('SELECT count(*) AS count FROM items'),
      addItem('b'),
      read('SELECT count(*) AS count FROM items'),
    ])
    expectEqual(
      results.map(({ rows }) => rows.map((row) => ({ ...row }))),
      [[], [{ count: 1 }], [], [{ count: 2 }]],
      'the results',
    )
    expectEqual(await bench.items(), ['a', 'b'], 'what is stored')
  })

  define('a write answers the rows it returns, also none', async (bench) => {
    const add = (name: string) =>
      read('INSERT INTO items (name) VALUES (+?) ON CONFLICT DO NOTHING RETURNING id, name AS Called', name)
    const results = await bench.connection.batch([add('a'), add('a'), add('b')])
    expectEqual(
      results.map(({ rows }) => rows.map((row) => ({ ...row }))),
      [[{ id: 1, Called: 'a' }], [], [{ id: 2, Called: 'b' }]],
      'the rows',
    )
  })

  define('one text with different values is one statement with different values', async (bench) => {
    const names = Array.from({ length: 500 }, (_, index) => `item ${String(index).padStart(3, '0')}`)
    await bench.connection.batch(names.map(addItem))
    expectEqual(await bench.items(), names, 'what is stored')
  })

  define('values may depend on the results of the statements before', async (bench) => {
    const seen: unknown[] = []
    await bench.connection.batch([
      read('INSERT INTO items (name) VALUES (+?) RETURNING id', 'first'),
      addItem('second'),
      {
        ...write('INSERT INTO items (id, name) VALUES (+?, +?)'),
        late(resultsSoFar) {
          seen.push(resultsSoFar.map(({ rows }) => rows.length))
          return [Number(resultsSoFar[0]?.rows[0]?.['id']) + 100, 'third']
        },
      },
      { ...read('SELECT name FROM items WHERE id = +?'), late: (resultsSoFar) => [98 + resultsSoFar.length] },
    ])
    expectEqual(seen, [[1, 0]], 'the rows of the results that the values were made from')
    expectEqual(
      await bench.rows('SELECT id FROM items WHERE name = +?', 'third'),
      [{ id: 101 }],
      'the late value',
    )
  })

  define('a change of the schema and a change of data may share a batch', async (bench) => {
    await bench.connection.batch([
      write('CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT'),
      write('CREATE INDEX more_id ON more (id) WHERE id > 5'),
      write('INSERT INTO more (id) VALUES (+?)', 7),
    ])
    expectEqual(await bench.rows('SELECT id FROM more'), [{ id: 7 }], 'what is stored')
  })
}
