import type { SqlValue } from '@durably/storage-kysely'
import { expectEqual } from '../expect.ts'
import type { DefineDriverCase } from './driver-case.ts'
import { write } from './driver-case.ts'

const TEXTS = [
  '',
  ' ',
  '0',
  '007',
  '1.0',
  '1e3',
  'null',
  "'",
  '"',
  '?',
  'é漢👍',
  'line\nbreak',
  'x'.repeat(1_000_000),
]
const INTEGERS = [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, Date.UTC(2026, 0, 1), Number.MAX_SAFE_INTEGER]
const REALS = [0.5, -1.25, 1.5e-300, 5]
const LARGE_REALS = [1e300, -(2 ** 60)]

/** Values on their way in and out. */
export function valueCases(define: DefineDriverCase): void {
  define('text comes back as it was, and stays text', async (bench) => {
    await bench.connection.batch([write('CREATE TABLE v (n INTEGER PRIMARY KEY, v TEXT) STRICT')])
    await bench.connection.batch(
      TEXTS.map((text, n) => write('INSERT INTO v (n, v) VALUES (+?, +?)', n, text)),
    )
    for (const [n, text] of TEXTS.entries()) {
      const [row] = await bench.rows('SELECT v, typeof(v) AS type FROM v WHERE n = +?', n)
      expectEqual(row?.['v'] === text, true, `the text ${JSON.stringify(text.slice(0, 20))} comes back`)
      expectEqual(row?.['type'], 'text', `the type of ${JSON.stringify(text.slice(0, 20))}`)
      const found = await bench.rows('SELECT n FROM v WHERE v = +?', text)
      expectEqual(found, [{ n }], `what is found by ${JSON.stringify(text.slice(0, 20))}`)
    }
  })

  define('whole numbers fit STRICT INTEGER columns, and come back as numbers', async (bench) => {
    await bench.connection.batch([write('CREATE TABLE v (v INTEGER) STRICT')])
    for (const number of INTEGERS) {
      await bench.connection.batch([write('DELETE FROM v'), write('INSERT INTO v (v) VALUES (+?)', number)])
      const rows = await bench.rows('SELECT v, typeof(v) AS type FROM v WHERE v = +?', number)
      expectEqual(rows, [{ v: number, type: 'integer' }], `the number ${number}`)
    }
  })

  define('fractions come back as they were', async (bench) => {
    await bench.connection.batch([write('CREATE TABLE v (v REAL) STRICT')])
    for (const number of REALS) {
      await bench.connection.batch([write('DELETE FROM v'), write('INSERT INTO v (v) VALUES (+?)', number)])
      expectEqual(await bench.rows('SELECT v FROM v'), [{ v: number }], `the number ${number}`)
    }
  })

  define(
    'numbers beyond the exact integers come back as they were',
    async (bench) => {
      await bench.connection.batch([write('CREATE TABLE v (v REAL) STRICT')])
      for (const number of LARGE_REALS) {
        await bench.connection.batch([write('DELETE FROM v'), write('INSERT INTO v (v) VALUES (+?)', number)])
        expectEqual(await bench.rows('SELECT v FROM v'), [{ v: number }], `the number ${number}`)
      }
    },
    { unless: 'handedIn' },
  )

  define('null comes back as null', async (bench) => {
    expectEqual(
      await bench.rows('SELECT +? AS v, +? IS NULL AS is_null', null, null),
      [{ v: null, is_null: 1 }],
      'the row',
    )
  })

  define('bytes come back as bytes', async (bench) => {
    const bytes = Uint8Array.from([0, 1, 127, 128, 255])
    await bench.connection.batch([
      write('CREATE TABLE v (v BLOB) STRICT'),
      write('INSERT INTO v (v) VALUES (+?)', bytes),
    ])
    const [row] = await bench.rows('SELECT v, typeof(v) AS type FROM v')
    expectEqual(row?.['type'], 'blob', 'the type')
    expectEqual(showBytes(row?.['v']), showBytes(bytes), 'the bytes')
  })

  define('a value behind a plus is the value, also as a limit', async (bench) => {
    expectEqual(
      await bench.rows(
        `SELECT value + +? AS v FROM json_each(+?) WHERE value > +? LIMIT +?`,
        10,
        '[1,2,3,4]',
        1,
        2,
      ),
      [{ v: 12 }, { v: 13 }],
      'the rows',
    )
  })
}

function showBytes(value: SqlValue | undefined): unknown {
  return value instanceof Uint8Array ? [...value] : `no bytes, but ${typeof value}`
}
