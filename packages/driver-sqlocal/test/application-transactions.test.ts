import { createDurably, defineJob } from '@durably/core'
import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { newStorage } from './database.ts'
import { codeOf } from './failures.ts'
import { freezePage, resumePage } from './page.ts'

const jobs = { noop: defineJob({ name: 'noop' }, async () => {}) }

/** A tab with a table of the application, in which Durably waits for half a second when it cannot write. */
async function openTab() {
  const storage = newStorage({ busyTimeoutMs: 500 })
  const durably = createDurably({ storage, jobs })
  await durably.migrate()
  const db = new Kysely<unknown>({ dialect: await storage.dialect() })
  await sql`CREATE TABLE app (x)`.execute(db)
  return { storage, durably, db }
}

async function storedIn(db: Kysely<unknown>): Promise<readonly unknown[]> {
  const { rows } = await sql<{ x: unknown }>`SELECT x FROM app ORDER BY rowid`.execute(db)
  return rows.map(({ x }) => x)
}

test('a transaction that the application’s client began with a text goes on while Durably is told to wait', async () => {
  const { storage, durably, db } = await openTab()
  const client = await storage.client()
  await client.sql`BEGIN`
  await client.sql`INSERT INTO app VALUES ('before')`
  expect(await codeOf(durably.jobs.noop.trigger())).toBe('STORAGE_BUSY')
  await client.sql`INSERT INTO app VALUES ('after')`
  await client.sql`COMMIT`
  expect(await storedIn(db)).toEqual(['before', 'after'])
  await durably.jobs.noop.trigger()
})

test('while the application keeps a transaction open, calls fail as busy within their budget, and closing ends', async () => {
  const { durably, db } = await openTab()
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const transaction = db.transaction().execute(async (open) => {
    await sql`INSERT INTO app VALUES (1)`.execute(open)
    begun.resolve()
    await gate.promise
  })
  await begun.promise
  expect(await codeOf(durably.jobs.noop.trigger())).toBe('STORAGE_BUSY')
  await durably.close({ timeout: 0 })
  gate.resolve()
  await expect(transaction).rejects.toThrow()
})

test('a transaction that was lost with the leadership does not go on in one that was begun after it', async () => {
  const { storage, db } = await openTab()
  const begun = Promise.withResolvers<void>()
  const lost = Promise.withResolvers<void>()
  const first = db.transaction().execute(async (open) => {
    await sql`INSERT INTO app VALUES ('first, before')`.execute(open)
    begun.resolve()
    await lost.promise
    await sql`INSERT INTO app VALUES ('first, after')`.execute(open)
  })
  await begun.promise
  freezePage()
  resumePage()
  await storage.info()
  expect(storage.role).toBe('leading')

  const begunAgain = Promise.withResolvers<void>()
  const firstEnded = Promise.withResolvers<void>()
  // Of another Kysely, since each waits for its own connection.
  const other = new Kysely<unknown>({ dialect: await storage.dialect() })
  const second = other.transaction().execute(async (open) => {
    await sql`INSERT INTO app VALUES ('second')`.execute(open)
    begunAgain.resolve()
    await firstEnded.promise
  })
  await begunAgain.promise
  lost.resolve()
  expect(await codeOf(first)).toBe('CONFLICT')
  firstEnded.resolve()
  await second
  expect(await storedIn(db)).toEqual(['second'])
})

test('a transaction cannot be begun with a text of the dialect, and nothing that follows gets lost in one', async () => {
  const { durably, db } = await openTab()
  await expect(sql`BEGIN`.execute(db)).rejects.toThrow('use transaction()')
  await sql`INSERT INTO app VALUES (1)`.execute(db)
  await durably.jobs.noop.trigger()
  expect(await storedIn(db)).toEqual([1])
})
