import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { violations } from '../src/evidence/verdict.ts'
import { killChildren } from '../src/processes/child.ts'
import { holdLock } from '../src/scenarios/locked.ts'
import { createSite, removeSite } from '../src/site.ts'

afterEach(killChildren)

const HOLD_MS = 2_000

describe.each(DRIVERS)('a foreign process that holds the write lock, on %s', (driver) => {
  it('delays triggers or has them refused as busy, blocks no event loop and is recovered from without restart', async () => {
    const site = createSite(driver)
    const { patient, impatient, verdict } = await holdLock(site, HOLD_MS)

    // Waited as long as the lock was held, and no call was refused.
    expect(patient.triggers.filter(({ code }) => code !== null)).toEqual([])
    expect(Math.max(...patient.triggers.map(({ durationMs }) => durationMs))).toBeGreaterThan(HOLD_MS / 2)

    const refused = impatient.triggers.filter(({ code }) => code !== null)
    expect(refused.length).toBeGreaterThan(0)
    for (const { code, retryable, durationMs } of refused) {
      expect({ code, retryable }).toEqual({ code: 'STORAGE_BUSY', retryable: true })
      expect(durationMs).toBeLessThan(HOLD_MS)
    }

    for (const { answeredAfterwards, stalls } of [patient, impatient]) {
      expect(answeredAfterwards).toBeGreaterThan(0)
      // Waiting inside the library would make this most of the time. A disk that is slow for a moment is not waiting for a lock.
      expect(stalls.totalMs).toBeLessThan(HOLD_MS / 10)
    }
    expect(violations(verdict)).toEqual([])
    removeSite(site)
  }, 60_000)
})
