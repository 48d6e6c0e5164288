import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { violations } from '../src/evidence/verdict.ts'
import { killChildren } from '../src/processes/child.ts'
import { SeededRandom } from '../src/random.ts'
import { campaign } from '../src/soak/campaign.ts'
import { createSite, removeSite } from '../src/soak/site.ts'

afterEach(killChildren)

describe.each(DRIVERS)('processes killed at random moments, on %s', (driver) => {
  it('lose no acknowledged run, execute no recorded step again and leave the file sound', async () => {
    const site = createSite(driver)
    const { verdict, kills } = await campaign(site, 4, new SeededRandom(1))
    expect(violations(verdict)).toEqual([])
    expect(kills).toBeGreaterThan(7)
    expect(verdict.acknowledged).toBeGreaterThan(50)
    expect(verdict.bodies).toBeGreaterThan(50)
    removeSite(site)
  }, 90_000)
})
