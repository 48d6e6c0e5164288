import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { readEvidence, readPlain } from '../src/evidence/evidence.ts'
import { judge, linesOf, violations } from '../src/evidence/verdict.ts'
import { beginTogether, Child, killChildren } from '../src/processes/child.ts'
import { waitUntil } from '../src/processes/wait-until.ts'
import type { CancellerConfig } from '../src/programs/canceller.ts'
import type { KeyRacerConfig } from '../src/programs/key-racer.ts'
import type { MigratorConfig } from '../src/programs/migrator.ts'
import { openClient } from '../src/scenarios/client.ts'
import { startWorker } from '../src/scenarios/start-worker.ts'
import { createSite, removeSite, type Site } from '../src/site.ts'

afterEach(killChildren)

describe.each(DRIVERS)('processes on one file that race, on %s', (driver) => {
  it('for idempotency keys all get the one run of each key', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    const keys = Array.from({ length: 60 }, (_, n) => `key-${n}`)
    const config = { database: site.database, journal: site.journal.path, keys } satisfies KeyRacerConfig
    const racers = [1, 2, 3].map(() => new Child('key-racer', config))
    await beginTogether(racers)
    await Promise.all(racers.map((racer) => racer.until('done')))

    const triggers = racers.flatMap((racer) => racer.all('trigger'))
    expect(triggers.filter(({ code }) => code !== null)).toEqual([])
    expect(triggers.filter(({ created }) => created)).toHaveLength(keys.length)
    expect(new Set(triggers.map(({ runId }) => runId)).size).toBe(keys.length)
    const { runs } = readEvidence(site.database.path, [])
    expect(runs.map((run) => run.idempotency_key)).toHaveLength(keys.length)
    await client.close()
    removeSite(site)
  }, 60_000)

  it('for concurrency keys execute one run of a key at a time, in order', async () => {
    // Leases that cannot end here: two bodies at once would be two live leases.
    const site = { ...createSite(driver), heartbeatInterval: 5_000, staleThreshold: 60_000 }
    const client = openClient(site)
    await client.migrate()
    await Promise.all([startWorker(site), startWorker(site), startWorker(site)])
    const runs = await client.jobs.chain.batchTrigger(
      Array.from({ length: 60 }, (_, n) => ({
        input: { steps: 2, bodyMs: 2 },
        options: { concurrencyKey: `key-${n % 4}` },
      })),
    )
    await Promise.all(runs.map(({ id }) => client.waitForRun(id, { timeout: 30_000 })))

    const keyOf = new Map(runs.map((run) => [run.id, run.concurrencyKey]))
    const executing = new Map<unknown, string>()
    for (const line of site.journal.read()) {
      if (line.kind !== 'begin' && line.kind !== 'end') continue
      const key = keyOf.get(line.runId)
      if (line.kind === 'end') executing.delete(key)
      else {
        expect(executing.get(key)).toBeUndefined()
        executing.set(key, line.runId)
      }
    }
    expect(violations(judge(readEvidence(site.database.path, site.journal.read()), site.batchSize))).toEqual(
      [],
    )
    await client.close()
    removeSite(site)
  }, 60_000)

  it('to cancel and to complete a run never both win', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    const runs = await client.jobs.chain.batchTrigger(
      Array.from({ length: 150 }, () => ({ input: { steps: 1, bodyMs: 3 } })),
    )
    const runIds = runs.map(({ id }) => id)
    // One follows the workers, the other comes to meet them.
    const cancellers = [runIds, runIds.toReversed()].map(
      (order, seed) =>
        new Child('canceller', { database: site.database, runIds: order, seed } satisfies CancellerConfig),
    )
    await Promise.all(cancellers.map((canceller) => canceller.until('ready')))
    await Promise.all([startWorker(site, { concurrency: 2 }), startWorker(site, { concurrency: 2 })])
    await waitUntil('a completed run', () => site.journal.read().some(({ kind }) => kind === 'completed'))
    await beginTogether(cancellers)
    await Promise.all(cancellers.map((canceller) => canceller.until('done', ({ call }) => call === 'all')))
    await Promise.all(runIds.map((id) => client.waitForRun(id, { timeout: 20_000 }).catch(() => {})))

    const cancelled = new Set(
      cancellers.flatMap((canceller) => canceller.all('done')).map(({ call }) => call),
    )
    const conflicts = cancellers.flatMap((canceller) => canceller.all('refused'))
    expect(new Set(conflicts.map(({ code }) => code))).toEqual(new Set(['CONFLICT']))
    const completed = new Set(linesOf(site.journal.read(), 'completed').map(({ runId }) => runId))
    expect(cancelled.size).toBeGreaterThan(1)
    expect(completed.size).toBeGreaterThan(0)
    const { runs: stored } = readEvidence(site.database.path, [])
    expect(stored.map(({ id, status, output }) => ({ id, status, hasOutput: output !== null }))).toEqual(
      stored.map(({ id }) => {
        const status = cancelled.has(id) ? 'cancelled' : 'completed'
        return { id, status, hasOutput: status === 'completed' }
      }),
    )
    expect([...completed].filter((id) => cancelled.has(id))).toEqual([])
    expect(conflicts.filter(({ call }) => cancelled.has(call))).toEqual([])
    await client.close()
    removeSite(site)
  }, 60_000)

  it('to migrate all succeed, with one set of tables', async () => {
    const site = createSite(driver)
    const config = { database: site.database } satisfies MigratorConfig
    const migrators = [1, 2, 3, 4].map(() => new Child('migrator', config))
    await beginTogether(migrators)
    await Promise.all(migrators.map((migrator) => migrator.until('done')))
    expect(migrators.flatMap((migrator) => migrator.all('refused'))).toEqual([])
    expect(await Promise.all(migrators.map((migrator) => migrator.ended()))).toEqual(
      migrators.map(() => ({ code: 0, signal: null })),
    )
    expect(versions(site)).toEqual([1])
    removeSite(site)
  }, 60_000)
})

function versions(site: Site): unknown[] {
  return readPlain(site.database.path, (database) =>
    database.prepare('SELECT version FROM durably_schema_versions').pluck().all(),
  )
}
