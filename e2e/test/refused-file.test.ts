import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { readEvidence, readPlain } from '../src/evidence/evidence.ts'
import { judge, violations } from '../src/evidence/verdict.ts'
import { type Child, killChildren } from '../src/processes/child.ts'
import { openClient } from '../src/scenarios/client.ts'
import { startStation, stopStation, waitForRecovery } from '../src/scenarios/start-station.ts'
import { createSite, removeSite, type Site } from '../src/site.ts'

afterEach(killChildren)

/** Permissions mean nothing to root: its children run as nobody. */
const ORDINARY_USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

describe.each(DRIVERS)('a file that cannot be used, on %s', (driver) => {
  it('is refused as read-only, and used without restart once it may be written', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    await client.close()
    // Made now: the folder admits no new files soon.
    site.journal.read()
    chmodSync(site.journal.path, 0o666)
    chmodSync(site.database.path, 0o444)
    chmodSync(site.folder, 0o555)

    const station = startStation(site, { pauseMs: 100 }, ORDINARY_USER)
    await expectRefusal(station, 'STORAGE_READ_ONLY')
    chmodSync(site.folder, 0o777)
    chmodSync(site.database.path, 0o666)
    await waitForRecovery(station, site)
    await stopStation(station)
    expectSound(site)
  }, 60_000)

  it('is refused when it is no database, left as it is, and used without restart once it is out of the way', async () => {
    const site = createSite(driver)
    const text = 'Dear diary, today I was taken for a database.\n'.repeat(200)
    writeFileSync(site.database.path, text)

    const station = startStation(site, { pauseMs: 100 })
    await expectRefusal(station, 'NOT_A_DATABASE')
    expect(readFileSync(site.database.path, 'utf8')).toBe(text)
    rmSync(site.database.path)
    await waitForRecovery(station, site)
    await stopStation(station)
    expectSound(site)
  }, 60_000)

  it('is refused when its schema is newer, before anything is written', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    await client.jobs.chain.trigger({ steps: 1, bodyMs: 0 })
    await client.close()
    setVersion(site, 'INSERT INTO durably_schema_versions (version) VALUES (99)')
    const before = dump(site)

    const station = startStation(site, { pauseMs: 100 })
    await expectRefusal(station, 'SCHEMA_TOO_NEW')
    expect(await station.until('reported')).toMatchObject({ code: 'SCHEMA_TOO_NEW' })
    expect(dump(site)).toBe(before)

    setVersion(site, 'DELETE FROM durably_schema_versions WHERE version = 99')
    await waitForRecovery(station, site)
    await stopStation(station)
    expectSound(site)
  }, 60_000)
})

/** Every way in is refused, with the same code. */
async function expectRefusal(station: Child, code: string): Promise<void> {
  await station.until('refused')
  await station.until('trigger')
  await station.until('worker-error')
  expect(new Set(station.all('refused').map((report) => report.code))).toEqual(new Set([code]))
  expect(new Set(station.all('trigger').map((report) => report.code))).toEqual(new Set([code]))
  expect(new Set(station.all('worker-error').map((report) => report.code))).toEqual(new Set([code]))
}

function expectSound(site: Site): void {
  expect(violations(judge(readEvidence(site.database.path, site.journal.read()), site.batchSize))).toEqual([])
  removeSite(site)
}

function setVersion(site: Site, sql: string): void {
  readPlain(site.database.path, (database) => database.exec(sql))
}

function dump(site: Site): string {
  return readPlain(site.database.path, (database) =>
    JSON.stringify(
      ['durably_runs', 'durably_steps', 'durably_logs', 'durably_schema_versions', 'sqlite_master'].map(
        (table) => database.prepare(`SELECT * FROM ${table}`).all(),
      ),
    ),
  )
}
