import { createDurably, defineJob, isDurablyError } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { SQLocal } from 'sqlocal'
import { expect, test } from 'vitest'
import { newDatabasePath } from '../database.ts'
import { newClients } from './client.ts'

const two = defineJob({ name: 'two' }, async (step) => {
  await step.run('one', () => 1)
  return step.run('two', () => 2)
})

test('a page that is isolated runs jobs on the application’s own client, in OPFS', async () => {
  expect(crossOriginIsolated).toBe(true)
  const clients = newClients()
  const client = clients.open()
  const storage = sqlocal({ client })
  const durably = createDurably({ storage, jobs: { two } })
  await durably.migrate()
  durably.start()
  const { output } = await durably.jobs.two.triggerAndWait()
  expect(output).toBe(2)
  expect(await storage.info()).toMatchObject({ role: 'leading', storageType: 'opfs' })
  expect(await client.sql`SELECT count(*) AS n FROM durably_runs`).toEqual([{ n: 1 }])
  expect(await storage.client()).toBe(client)
  await durably.close()
  await clients.dispose()
})

test('of two tabs with clients of their own one executes, and the other one’s work is done', async () => {
  const clients = newClients()
  const [left, right] = [sqlocal({ client: clients.open() }), sqlocal({ client: clients.open() })]
  const instances = [left, right].map((storage) => createDurably({ storage, jobs: { two } }))
  for (const durably of instances) {
    await durably.migrate()
    durably.start()
  }
  const { output } = await (instances[1] as (typeof instances)[0]).jobs.two.triggerAndWait()
  expect(output).toBe(2)
  expect([left.role, right.role]).toEqual(['leading', 'following'])
  for (const durably of instances) await durably.close()
  await clients.dispose()
})

test('a client that fell back to memory is refused', async () => {
  const databasePath = newDatabasePath()
  // The directory is a file, so that sqlocal cannot open the database in it, and goes on in memory without a word.
  const root = await navigator.storage.getDirectory()
  await root.getFileHandle('not-a-folder', { create: true })
  const client = new SQLocal({ databasePath: `not-a-folder/${databasePath}` })
  const storage = sqlocal({ client })
  const error = await storage.migrate().catch((reason: unknown) => reason)
  expect(isDurablyError(error, 'STORAGE_UNAVAILABLE')).toBe(true)
  expect(String(error)).toContain('in memory')
  await storage.close()
  await client.destroy(true)
})

test('memory is used where the client was made for it by name', async () => {
  const client = new SQLocal(':memory:')
  const storage = sqlocal({ client })
  await storage.migrate()
  expect(storage.capabilities).toEqual({ persistent: false, shared: false, exclusive: true })
  expect((await storage.info()).storageType).toBe('memory')
  await storage.close()
  await client.destroy()
})
