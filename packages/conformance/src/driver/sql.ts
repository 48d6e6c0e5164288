import { expectEqual } from '../expect.ts'
import type { DefineDriverCase } from './driver-case.ts'
import { read, write } from './driver-case.ts'

/** The parts of SQLite that the storage is made of. */
export function sqlCases(define: DefineDriverCase): void {
  define('JSON lists are read as tables, integers in them stay integers', async (bench) => {
    const rows = await bench.rows(
      `SELECT key, value->>'id' AS id, value->>1 AS second, typeof(value->>'n') AS type FROM json_each(+?) ORDER BY key`,
      '[{"id":"a","n":5},["x","y"]]',
    )
    expectEqual(
      rows,
      [
        { key: 0, id: 'a', second: null, type: 'integer' },
        { key: 1, id: null, second: 'y', type: 'null' },
      ],
      'the rows',
    )
  })

  define('a partial unique index lets one in, and OR IGNORE passes over the others', async (bench) => {
    await bench.connection.batch([
      write('CREATE TABLE slots (id TEXT PRIMARY KEY, slot TEXT, taken INTEGER NOT NULL DEFAULT 0) STRICT'),
      write('CREATE UNIQUE INDEX one_taken ON slots (slot) WHERE taken = 1 AND slot IS NOT NULL'),
      write(`INSERT INTO slots (id, slot) VALUES ('a', 's'), ('b', 's'), ('c', NULL), ('d', NULL)`),
      write(
        `UPDATE OR IGNORE slots SET taken = 1 WHERE id IN (SELECT value FROM json_each(+?))`,
        '["a","b","c","d"]',
      ),
    ])
    expectEqual(
      await bench.rows('SELECT id FROM slots WHERE taken = 1 ORDER BY id'),
      [{ id: 'a' }, { id: 'c' }, { id: 'd' }],
      'who is in',
    )
  })

  define('an upsert with a condition answers a row only when it applied', async (bench) => {
    const upsert = (by: number) =>
      read(
        `INSERT INTO counters (name, by) VALUES ('n', +?) ON CONFLICT (name) DO UPDATE SET by = excluded.by
        WHERE counters.by < excluded.by RETURNING by`,
        by,
      )
    const results = await bench.connection.batch([
      write('CREATE TABLE counters (name TEXT PRIMARY KEY, by INTEGER NOT NULL) STRICT, WITHOUT ROWID'),
      upsert(1),
      upsert(1),
      upsert(2),
    ])
    expectEqual(
      results.map(({ rows }) => rows.length),
      [0, 1, 0, 1],
      'how many rows each answered',
    )
  })

  define('row values are compared with rows of a list', async (bench) => {
    await bench.connection.batch([write(`INSERT INTO items (id, name) VALUES (1, 'a'), (2, 'b')`)])
    const rows = await bench.rows(
      'SELECT id FROM items WHERE (id, name) IN (SELECT value->>0, value->>1 FROM json_each(+?))',
      '[[1,"a"],[2,"x"]]',
    )
    expectEqual(rows, [{ id: 1 }], 'the rows')
  })
}
