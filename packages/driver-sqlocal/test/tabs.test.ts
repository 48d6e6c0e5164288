import { createDurably, type Durably, defineJob } from '@durably/core'
import { recordEvents } from '@durably/core/testing'
import { type SqlocalStorage, sqlocal, type TabRole } from '@durably/driver-sqlocal'
import { afterEach, expect, test } from 'vitest'
import { deleteFiles, newDatabasePath } from './database.ts'
import { codeOf } from './failures.ts'

const bodies: string[] = []
let gate = Promise.withResolvers<void>()

/** Its second step waits for the test, or for its signal. */
const gated = defineJob({ name: 'gated' }, async (step) => {
  await step.run('first', () => void bodies.push(`first ${step.generation}`))
  await step.run('second', async ({ signal }) => {
    bodies.push(`second ${step.generation}`)
    const aborted = new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('aborted'))),
    )
    await Promise.race([gate.promise, aborted])
  })
  return 'done'
})
const jobs = { gated }

interface OpenTab {
  readonly storage: SqlocalStorage
  readonly durably: Durably<typeof jobs>
}

const opened: OpenTab[] = []
let databasePath = ''

/** Another page with the same application, as far as the driver can tell. */
async function openTab({ start = true } = {}): Promise<OpenTab> {
  if (opened.length === 0) databasePath = newDatabasePath()
  const storage = sqlocal({ databasePath, persist: false })
  const durably = createDurably({ storage, jobs })
  opened.push({ storage, durably })
  await durably.migrate()
  if (start) durably.start()
  return { storage, durably }
}

function until({ storage }: OpenTab, role: TabRole): Promise<void> {
  return new Promise((resolve) => {
    if (storage.role === role) return resolve()
    const stop = storage.onRoleChange((now) => {
      if (now !== role) return
      stop()
      resolve()
    })
  })
}

function untilEvent({ durably }: OpenTab, type: 'step:start', stepName: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = durably.on(type, (event) => {
      if (event.stepName !== stepName) return
      stop()
      resolve()
    })
  })
}

afterEach(async () => {
  gate.resolve()
  for (const { durably } of opened) await durably.close({ timeout: 0 })
  opened.length = 0
  bodies.length = 0
  gate = Promise.withResolvers()
  await deleteFiles(databasePath)
})

test('the first tab leads, the next one follows and works through it', async () => {
  const leader = await openTab()
  const follower = await openTab()
  gate.resolve()
  expect([leader.storage.role, follower.storage.role]).toEqual(['leading', 'following'])
  const run = await follower.durably.jobs.gated.trigger()
  const ended = await follower.durably.waitForRun(run.id, { timeout: 10_000 })
  expect(ended).toMatchObject({ status: 'completed', output: 'done' })
  expect(bodies).toEqual(['first 1', 'second 1'])
  expect(await follower.storage.info()).toMatchObject({ role: 'following', storageType: 'opfs', tabs: 2 })
})

test('a follower hears every event of a run that the leader executes', async () => {
  await openTab()
  const follower = await openTab()
  const seen = recordEvents(follower.durably)
  gate.resolve()
  const run = await follower.durably.jobs.gated.trigger()
  await follower.durably.waitForRun(run.id, { timeout: 10_000 })
  await expect
    .poll(() => seen.map((event) => event.type))
    .toEqual([
      'run:trigger',
      'run:start',
      'step:start',
      'step:complete',
      'step:start',
      'step:complete',
      'run:complete',
    ])
})

test('when the leader is closed in the middle of a step, the next tab goes on after the last recorded one', async () => {
  const leader = await openTab()
  const follower = await openTab()
  const started = untilEvent(leader, 'step:start', 'second')
  const run = await follower.durably.jobs.gated.trigger()
  await started
  await leader.durably.close({ timeout: 0 })
  await until(follower, 'leading')
  gate.resolve()
  const ended = await follower.durably.waitForRun(run.id, { timeout: 10_000 })
  expect(ended).toMatchObject({ status: 'completed' })
  expect(bodies.filter((body) => body.startsWith('first'))).toEqual(['first 1'])
})

test('calls of a follower during the change of leaders are neither lost nor doubled', async () => {
  const leader = await openTab()
  const follower = await openTab()
  gate.resolve()
  const triggered = Array.from({ length: 50 }, (_, index) =>
    follower.durably.jobs.gated.trigger(undefined, { labels: { index: String(index) } }),
  )
  await leader.durably.close({ timeout: 0 })
  const runs = await Promise.all(triggered)
  expect(new Set(runs.map((run) => run.id)).size).toBe(50)
  expect(await follower.durably.getRuns({ limit: 100 })).toHaveLength(50)
})

test('a run cancelled from a follower is aborted where it is executed', async () => {
  const leader = await openTab()
  const follower = await openTab()
  const started = untilEvent(leader, 'step:start', 'second')
  const run = await leader.durably.jobs.gated.trigger()
  await started
  await follower.durably.cancel(run.id)
  expect(await codeOf(leader.durably.waitForRun(run.id, { timeout: 10_000 }))).toBe('RUN_CANCELLED')
})

test('a leader that executes nothing hands the database to a tab that would', async () => {
  const idle = await openTab({ start: false })
  const worker = await openTab()
  expect([idle.storage.role, worker.storage.role]).toEqual(['leading', 'following'])
  gate.resolve()
  const run = await idle.durably.jobs.gated.trigger()
  await idle.durably.waitForRun(run.id, { timeout: 10_000 })
  expect([idle.storage.role, worker.storage.role]).toEqual(['following', 'leading'])
})

test('a transaction of the application is refused in a follower, a statement is not', async () => {
  const { Kysely, sql } = await import('kysely')
  await openTab()
  const follower = await openTab()
  const db = new Kysely<unknown>({ dialect: await follower.storage.dialect() })
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM durably_runs`.execute(db)
  expect(rows).toEqual([{ n: 0 }])
  expect(await codeOf(db.transaction().execute(async () => {}))).toBe('CONFLICT')
})

test('sqlocal’s own client works on the same connection in the leading tab, and is refused in the others', async () => {
  const leader = await openTab()
  const follower = await openTab()
  await leader.durably.jobs.gated.trigger()
  const client = await leader.storage.client()
  expect(await client.sql`SELECT count(*) AS n FROM durably_runs`).toEqual([{ n: 1 }])
  expect(await codeOf(follower.storage.client())).toBe('CONFLICT')
})

test('what was exported, from whichever tab, can be imported', async () => {
  const leader = await openTab({ start: false })
  const follower = await openTab({ start: false })
  const kept = await leader.durably.jobs.gated.trigger()
  const bytes = await follower.storage.exportFile()
  const dropped = await leader.durably.jobs.gated.trigger()
  await follower.storage.importFile(bytes)
  expect(await leader.durably.getRun(kept.id)).toMatchObject({ status: 'pending' })
  expect(await leader.durably.getRun(dropped.id)).toBeNull()
})

test('an import of something else is refused, and what was there stays', async () => {
  const { storage, durably } = await openTab({ start: false })
  const run = await durably.jobs.gated.trigger()
  const bytes = await storage.exportFile()
  expect(await codeOf(storage.importFile(new TextEncoder().encode('no database')))).toBe('NOT_A_DATABASE')
  expect(await codeOf(storage.importFile(bytes.map((byte, index) => (index < 100 ? byte : 7))))).toBe(
    'STORAGE_IO',
  )
  expect(await durably.getRun(run.id)).not.toBeNull()
})

test('a deleted database begins anew', async () => {
  const { storage, durably } = await openTab({ start: false })
  await durably.jobs.gated.trigger()
  await storage.deleteDatabase()
  expect(await codeOf(durably.getRuns())).toBe('NOT_MIGRATED')
  await durably.migrate()
  expect(await durably.getRuns()).toEqual([])
})
