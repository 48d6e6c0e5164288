import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { newConnection, newStorage, statement } from './database.ts'

test('the columns of a statement that is kept prepared follow the schema', async () => {
  const connection = await newConnection()
  const all = statement('SELECT * FROM t')
  await connection.batch([statement('CREATE TABLE t (a)'), statement('INSERT INTO t VALUES (1)')])
  expect((await connection.query(all)).rows).toEqual([{ a: 1 }])
  await connection.batch([statement('ALTER TABLE t ADD COLUMN b DEFAULT 2')])
  expect((await connection.query(all)).rows).toEqual([{ a: 1, b: 2 }])
  await connection.batch([statement('ALTER TABLE t DROP COLUMN a')])
  expect((await connection.query(all)).rows).toEqual([{ b: 2 }])
  await connection.batch([statement('ALTER TABLE t RENAME COLUMN b TO c')])
  expect((await connection.query(all)).rows).toEqual([{ c: 2 }])
  expect((await connection.query(all)).rows).toEqual([{ c: 2 }])
})

test('a second statement in a text of the application is refused, and the first is not executed', async () => {
  const db = new Kysely<unknown>({ dialect: await newStorage().dialect() })
  await expect(sql`CREATE TABLE one (x); CREATE TABLE two (x)`.execute(db)).rejects.toThrow(
    'Only one statement',
  )
  const { rows } = await sql`SELECT name FROM sqlite_schema WHERE name IN ('one', 'two')`.execute(db)
  expect(rows).toEqual([])
})

test('a text of the application may end as it likes', async () => {
  const db = new Kysely<unknown>({ dialect: await newStorage().dialect() })
  for (const text of [
    'SELECT 1 AS n',
    'SELECT 1 AS n;',
    'SELECT 1 AS n ; \n',
    'SELECT 1 AS n -- not this; nor that',
    'SELECT 1 AS n; /* nothing;\n */ -- more',
    "SELECT 1 AS n WHERE '漢; 😀' <> ';'",
  ])
    expect((await sql.raw(text).execute(db)).rows).toEqual([{ n: 1 }])
})

test('an application reads texts whole: a byte order mark and NUL belong to them', async () => {
  const db = new Kysely<unknown>({ dialect: await newStorage().dialect() })
  const text = '\uFEFFa\0b'
  expect((await sql`SELECT ${text} AS text`.execute(db)).rows).toEqual([{ text }])
})
