import { violations } from './evidence/verdict.ts'
import { killChildren } from './processes/child.ts'
import { SeededRandom } from './random.ts'
import { holdLock } from './scenarios/locked.ts'
import { createSite, removeSite } from './site.ts'
import { campaign } from './soak/campaign.ts'
import { readSoakOptions } from './soak/options.ts'
import { Tally } from './soak/tally.ts'

/** After so many rounds a database is drained, judged and replaced. */
const ROUNDS_OF_A_CAMPAIGN = 10
const LOCK_HELD_MS = 10_000

/**
 * Kills processes for minutes and judges what they leave behind. Fails, and keeps the folder of the database, when a promise is
 * broken. The seed repeats what was decided, not when the machine did it.
 */
async function soak(): Promise<void> {
  const { rounds, minutes, drivers, seed } = readSoakOptions(process.argv.slice(2))
  console.log(
    `soak of ${rounds} rounds on ${drivers.join(' and ')}, at most ${minutes} minutes, seed ${seed}`,
  )
  const roundsOfDriver = Math.ceil(rounds / drivers.length)
  const msOfDriver = (minutes * 60_000) / drivers.length
  const random = new SeededRandom(seed)

  for (const driver of drivers) {
    const tally = new Tally(driver)
    const endAt = performance.now() + msOfDriver
    const mayGoOn = () => performance.now() < endAt
    while (tally.rounds < roundsOfDriver && mayGoOn()) {
      const site = createSite(driver)
      const left = roundsOfDriver - tally.rounds
      const before = tally.violations.length
      tally.add(await campaign(site, Math.min(left, ROUNDS_OF_A_CAMPAIGN), random, mayGoOn))
      console.log(`  ${tally}`)
      const found = tally.violations.slice(before)
      if (found.length === 0) removeSite(site)
      else console.log([`  kept ${site.folder}`, ...found].join('\n    '))
    }
    await soakLock(driver, tally)
    if (tally.violations.length > 0) process.exitCode = 1
    console.log(`${tally}`)
  }
}

async function soakLock(driver: Parameters<typeof createSite>[0], tally: Tally): Promise<void> {
  const site = createSite(driver)
  const { patient, impatient, verdict } = await holdLock(site, LOCK_HELD_MS)
  tally.violations.push(...violations(verdict))
  const refused = impatient.triggers.filter(({ code }) => code !== null)
  const longestWaitMs = Math.max(...patient.triggers.map(({ durationMs }) => durationMs))
  console.log(
    `  write lock held for ${LOCK_HELD_MS} ms: longest trigger ${Math.round(longestWaitMs)} ms, ${refused.length} refused as ${[...new Set(refused.map(({ code }) => code))]}, longest stall of an event loop ${Math.round(Math.max(patient.stalls.longestMs, impatient.stalls.longestMs))} ms, stalls of 50 ms and more ${Math.round(patient.stalls.totalMs + impatient.stalls.totalMs)} ms in all`,
  )
  removeSite(site)
}

try {
  await soak()
} finally {
  await killChildren()
}
