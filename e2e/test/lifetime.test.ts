import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { readPlain } from '../src/evidence/evidence.ts'
import { Child, killChildren } from '../src/processes/child.ts'
import { waitUntil } from '../src/processes/wait-until.ts'
import type { LockHolderConfig } from '../src/programs/lock-holder.ts'
import { openClient } from '../src/scenarios/client.ts'
import { startWorker } from '../src/scenarios/start-worker.ts'
import { createSite, removeSite, type Site } from '../src/site.ts'

afterEach(killChildren)

const STOP_TIMEOUT_MS = 300
/** What `stop` may take beyond its deadline: a second for the database, and a slow machine. */
const GRACE_MS = 1_500

describe.each(DRIVERS)('a process that is told to stop, on %s', (driver) => {
  it('finishes its runs and ends by itself', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    const run = await client.jobs.chain.trigger({ steps: 2, bodyMs: 100 })
    const worker = await startWorker(site)
    await bodyBegun(site)
    worker.signal('SIGTERM')
    expect(await worker.ended()).toEqual({ code: 0, signal: null })
    expect((await client.getRun(run.id))?.status).toBe('completed')
    await client.close()
    removeSite(site)
  }, 30_000)

  it('hands back a run that never ends at its deadline, and ends by itself', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    const run = await client.jobs.endless.trigger({ steps: 1, bodyMs: 0 })
    const worker = await startWorker(site, { stopTimeoutMs: STOP_TIMEOUT_MS })
    await bodyBegun(site)
    worker.signal('SIGTERM')
    expect((await worker.until('stopped')).durationMs).toBeLessThan(STOP_TIMEOUT_MS + GRACE_MS)
    expect(await worker.ended()).toEqual({ code: 0, signal: null })
    expect(await client.getRun(run.id)).toMatchObject({ status: 'pending', error: null })
    await client.close()
    removeSite(site)
  }, 30_000)

  it('stops by its deadline while the database is locked, and ends by itself', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    await client.jobs.chain.trigger({ steps: 1, bodyMs: 0, lingerMs: 1_000 })
    const worker = await startWorker(site, {
      database: { ...site.database, busyTimeoutMs: 1_000 },
      stopTimeoutMs: STOP_TIMEOUT_MS,
    })
    await bodyBegun(site)
    const holder = new Child('lock-holder', {
      path: site.database.path,
      holdMs: 60_000,
    } satisfies LockHolderConfig)
    await holder.until('locked')
    worker.signal('SIGTERM')
    expect((await worker.until('stopped')).durationMs).toBeLessThan(STOP_TIMEOUT_MS + GRACE_MS)
    expect(await worker.ended(5_000)).toEqual({ code: 0, signal: null })
    await holder.kill()
    expect(statuses(site)).toEqual(['running'])
    await client.close()
    removeSite(site)
  }, 30_000)
})

function bodyBegun(site: Site): Promise<boolean> {
  return waitUntil('the begin of a body', () => site.journal.read().some(({ kind }) => kind === 'begin'))
}

function statuses(site: Site): unknown[] {
  return readPlain(site.database.path, (database) =>
    database.prepare('SELECT status FROM durably_runs').pluck().all(),
  )
}
