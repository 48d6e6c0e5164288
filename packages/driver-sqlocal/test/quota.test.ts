import { createDurably, defineJob } from '@durably/core'
import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { hearVfs } from '../src/worker/disk-complaint.ts'
import { failureFrom } from '../src/worker/failure.ts'
import { newConnection, newStorage, statement } from './database.ts'
import { codeOf } from './failures.ts'
import { RiggedWorker } from './rigged/rigged-worker.ts'

const SQLITE_IOERR_WRITE = 778
const SQLITE_FULL = 13
const SQLITE_CONSTRAINT_UNIQUE = 2067

test('a checkpoint that finds no room fails no commit, and is not taken for the reason of a later refusal', async () => {
  const host = new RiggedWorker()
  const connection = await newConnection({ worker: host.make })
  const insert = (key: string) => statement('INSERT INTO t VALUES (?, zeroblob(6000))', key)
  await connection.batch([statement('CREATE TABLE t (k TEXT UNIQUE, v BLOB)'), insert('taken')])
  host.setFull(true)
  // More than a thousand frames, with which SQLite makes a checkpoint by itself.
  for (let batch = 0; batch < 6; batch++)
    await connection.batch(Array.from({ length: 200 }, (_, row) => insert(`${batch} ${row}`)))
  expect(host.refusedPages).toBeGreaterThan(0)
  host.setFull(false)
  await expect(connection.batch([insert('taken')])).rejects.toMatchObject({
    cause: { resultCode: SQLITE_CONSTRAINT_UNIQUE },
  })
})

test('after an import for which there was no room, the database is the one before, with its settings', async () => {
  const host = new RiggedWorker()
  const storage = newStorage({ worker: host.make, busyTimeoutMs: 1000 })
  const noop = defineJob({ name: 'noop' }, async () => {})
  const durably = createDurably({ storage, jobs: { noop } })
  await durably.migrate()
  const bytes = await storage.exportFile()
  const run = await durably.jobs.noop.trigger()
  host.setFull(true)
  expect(await codeOf(storage.importFile(bytes))).toBe('STORAGE_FULL')
  expect(host.refusedPages).toBeGreaterThan(0)
  host.setFull(false)
  expect(await durably.getRun(run.id)).toMatchObject({ status: 'pending' })
  const db = new Kysely<unknown>({ dialect: await storage.dialect() })
  const { rows } = await sql`
    SELECT journal_mode, foreign_keys, synchronous
    FROM pragma_journal_mode, pragma_foreign_keys, pragma_synchronous`.execute(db)
  expect(rows).toEqual([{ journal_mode: 'wal', foreign_keys: 1, synchronous: 2 }])
})

test('that a site has no room left explains failures of the disk, and of nothing else', () => {
  const refusedWith = (resultCode: number) => {
    hearVfs('a file could not be written', new DOMException('no room', 'QuotaExceededError'))
    return failureFrom(Object.assign(new Error('refused'), { resultCode })).resultCode
  }
  expect(refusedWith(SQLITE_IOERR_WRITE)).toBe(SQLITE_FULL)
  expect(refusedWith(SQLITE_CONSTRAINT_UNIQUE)).toBe(SQLITE_CONSTRAINT_UNIQUE)
})
