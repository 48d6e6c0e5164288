import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { readPlain } from '../src/evidence/evidence.ts'
import { violations } from '../src/evidence/verdict.ts'
import { beginTogether, Child, killChildren } from '../src/processes/child.ts'
import type { MigratorConfig } from '../src/programs/migrator.ts'
import { SeededRandom } from '../src/random.ts'
import { openClient } from '../src/scenarios/client.ts'
import { createSite, removeSite } from '../src/site.ts'
import { campaign } from '../src/soak/campaign.ts'

afterEach(killChildren)

const TABLES = ['durably_labels', 'durably_logs', 'durably_runs', 'durably_schema_versions', 'durably_steps']

describe.each(DRIVERS)('processes killed at random moments, on %s', (driver) => {
  it('lose no acknowledged run, execute no recorded step again and leave the file sound', async () => {
    const site = createSite(driver)
    const { verdict, kills } = await campaign(site, 3, new SeededRandom(1))
    expect(violations(verdict)).toEqual([])
    expect(kills).toBeGreaterThan(5)
    expect(verdict.acknowledged).toBeGreaterThan(50)
    expect(verdict.bodies).toBeGreaterThan(50)
    removeSite(site)
  }, 90_000)

  it('leave a migration done or not begun', async () => {
    const sites = [0, 4, 8, 12, 16, 24].map((delayMs) => ({ delayMs, site: createSite(driver) }))
    await Promise.all(
      sites.map(async ({ delayMs, site }) => {
        const migrator = new Child('migrator', { database: site.database } satisfies MigratorConfig)
        await beginTogether([migrator])
        await sleep(delayMs)
        await migrator.kill()
        const tables = readPlain(site.database.path, (database) =>
          database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).pluck().all(),
        )
        if (tables.length > 0) expect(tables).toEqual(TABLES)

        const client = openClient(site)
        await client.migrate()
        await client.jobs.chain.trigger({ steps: 1, bodyMs: 0 })
        expect(await client.processUntilIdle()).toMatchObject({ processed: 1 })
        await client.close()
        removeSite(site)
      }),
    )
  }, 60_000)
})
