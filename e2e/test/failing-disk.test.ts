import { join } from 'node:path'
import { createDurably } from '@durably/core'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { readEvidence } from '../src/evidence/evidence.ts'
import { judge, violations } from '../src/evidence/verdict.ts'
import { createJobs } from '../src/jobs.ts'
import { type Child, killChildren } from '../src/processes/child.ts'
import { drain } from '../src/scenarios/drain.ts'
import { fileSizeLimitObstacle, limitFileSize } from '../src/scenarios/file-size-limit.ts'
import { createSmallDisk, smallDiskObstacle } from '../src/scenarios/small-disk.ts'
import { startStation, stopStation, waitForRecovery } from '../src/scenarios/start-station.ts'
import { createSite, removeSite, type Site } from '../src/site.ts'

afterEach(killChildren)

const noSmallDisk = smallDiskObstacle()
const noLimit = fileSizeLimitObstacle()
for (const obstacle of [noSmallDisk, noLimit])
  if (obstacle) console.warn(`Some tests are skipped: ${obstacle}`)

const PAYLOAD_LENGTH = 20_000

describe.each(DRIVERS)('a disk that fails for a while, on %s', (driver) => {
  it.skipIf(noSmallDisk)(
    'refuses triggers as full, loses nothing and is recovered from without restart',
    async () => {
      const disk = createSmallDisk(1_024)
      onTestFinished(() => disk.remove())
      const inFolder = createSite(driver)
      const site = { ...inFolder, database: { driver, path: join(disk.folder, 'app.db') } }
      const station = startStation(site, { payloadLength: PAYLOAD_LENGTH })
      await expectTrouble(station, 'STORAGE_FULL')

      disk.resize(64 * 1_024)
      await waitForRecovery(station, site)
      await stopStation(station)
      await expectNothingLost(site)
      removeSite(site)
    },
    60_000,
  )

  it.skipIf(noLimit)(
    'refuses triggers for an I/O error, loses nothing and is recovered from without restart',
    async () => {
      const site = createSite(driver)
      const station = startStation(site, { payloadLength: PAYLOAD_LENGTH })
      await station.until('ready')
      limitFileSize(station.pid, 1_000_000)
      await expectTrouble(station, 'STORAGE_IO')

      limitFileSize(station.pid, null)
      await waitForRecovery(station, site)
      await stopStation(station)
      await expectNothingLost(site)
      removeSite(site)
    },
    60_000,
  )
})

describe('a database handed in that may not grow, on better-sqlite3', () => {
  it('refuses a batch as a whole and takes it once there is room', async () => {
    const site = createSite('better-sqlite3')
    const database = new Database(site.database.path)
    database.pragma('journal_mode = WAL')
    const durably = createDurably({ storage: betterSqlite3({ database }), jobs: createJobs(site.journal) })
    await durably.migrate()
    const { chain } = durably.jobs
    const kept = await chain.trigger({ steps: 1, bodyMs: 0 })
    const pages = database.pragma('page_count', { simple: true }) as number
    database.pragma(`max_page_count = ${pages + 8}`)
    const batch = Array.from({ length: 20 }, () => ({
      input: { steps: 1, bodyMs: 0, payload: 'x'.repeat(PAYLOAD_LENGTH) },
    }))

    await expect(chain.batchTrigger(batch)).rejects.toMatchObject({ code: 'STORAGE_FULL', retryable: true })
    expect((await durably.getRuns()).map(({ id }) => id)).toEqual([kept.id])

    database.pragma('max_page_count = 1000000')
    await expect(chain.batchTrigger(batch)).resolves.toHaveLength(batch.length)
    expect(await durably.processUntilIdle()).toMatchObject({ processed: batch.length + 1 })
    await durably.close()
    database.close()
    removeSite(site)
  })
})

/** Triggers were accepted, then refused with this code, and the worker met the same trouble without failing a run. */
async function expectTrouble(station: Child, code: string): Promise<void> {
  const refused = await station.until('trigger', (trigger) => trigger.code !== null)
  expect(refused).toMatchObject({ code, retryable: true })
  expect(station.all('trigger').filter((trigger) => trigger.code === null).length).toBeGreaterThan(0)
}

async function expectNothingLost(site: Site): Promise<void> {
  await drain(site)
  const verdict = judge(readEvidence(site.database.path, site.journal.read()), site.batchSize)
  expect(violations(verdict)).toEqual([])
}
