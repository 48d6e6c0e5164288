import type { SqlValue } from '@durably/storage-kysely'
import { expect, test } from 'vitest'
import { newConnection, statement } from './database.ts'

/** The mark that a decoder takes for the order of bytes, and leaves out, unless it is told not to. */
const MARK = '\uFEFF'

const VALUES: readonly (readonly [what: string, value: SqlValue])[] = [
  ['null', null],
  ['the largest integer', 2 ** 53 - 1],
  ['an integer beyond 32 bits', -(2 ** 31) - 1],
  ['a fraction', 1.5],
  ['infinity', Number.POSITIVE_INFINITY],
  ['no text', ''],
  ['a text of two-byte letters', 'é'.repeat(48)],
  ['a text that ends in a surrogate pair', `${'x'.repeat(47)}😀`],
  ['a text with a NUL', `${'x'.repeat(49)}\u0000y`],
  ['a text that begins with a byte order mark', `${MARK}a${MARK}`],
  ['a text of megabytes', '漢'.repeat(3_000_000)],
  ['no bytes', new Uint8Array(0)],
  ['bytes', new Uint8Array([0, 1, 255])],
  ['bytes by the megabyte', new Uint8Array(10_000_000).fill(3)],
]

test('values of all kinds and sizes are read as they were written', async () => {
  const connection = await newConnection()
  await connection.batch([statement('CREATE TABLE t (n INTEGER PRIMARY KEY, v)')])
  await connection.batch(VALUES.map(([, v], n) => statement('INSERT INTO t VALUES (?, ?)', n, v)))
  const { rows } = await connection.query(statement('SELECT v FROM t ORDER BY n'))
  // By hand: that two texts of megabytes are equal is not to be printed.
  const wrong = VALUES.filter(([, value], index) => !isSame(rows[index]?.['v'], value))
  expect(wrong.map(([what]) => what)).toEqual([])
})

test('what SQLite has no type for is refused, and not stored as something else', async () => {
  const connection = await newConnection()
  for (const value of [new Date(0), { a: 1 }, [1], new Uint16Array(1), true, 1n, undefined]) {
    const written = connection.query(statement('SELECT ? AS v', value as unknown as SqlValue))
    await expect(written).rejects.toThrow('cannot be bound')
  }
})

function isSame(read: unknown, written: SqlValue): boolean {
  if (!(written instanceof Uint8Array)) return read === written
  return (
    read instanceof Uint8Array &&
    read.byteLength === written.byteLength &&
    read.every((byte, index) => byte === written[index])
  )
}
