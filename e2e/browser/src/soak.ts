import { parseArgs } from 'node:util'
import { violations } from '../../src/evidence/verdict.ts'
import { SeededRandom } from '../../src/random.ts'
import { type CampaignResult, endLeaders } from './campaign.ts'
import { type Ending, Scenario } from './scenario.ts'
import { Takeovers } from './takeovers.ts'

/** After so many kills a profile is judged and replaced. */
const KILLS_OF_A_CAMPAIGN = 20
const ENDINGS: readonly Ending[] = ['crash', 'close', 'crash', 'navigation']

/** Ends leading tabs for minutes, and now and then the whole browser; judges what is left, and fails when a promise is broken: `--kills N --minutes M --seed S`. */
async function soak(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      minutes: { type: 'string', default: '9' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  })
  const wanted = Number(values.kills)
  const endAt = performance.now() + Number(values.minutes) * 60_000
  console.log(`soak of ${wanted} leading tabs, at most ${values.minutes} minutes, seed ${values.seed}`)
  const random = new SeededRandom(Number(values.seed))
  const takeovers = new Takeovers()
  const results: CampaignResult[] = []
  let kills = 0
  while (kills < wanted && performance.now() < endAt) {
    const plan = {
      tabs: random.between(2, 5),
      kills: Math.min(KILLS_OF_A_CAMPAIGN, wanted - kills),
      endings: ENDINGS,
      random,
      takeovers,
      powerCut: true,
      mayGoOn: () => performance.now() < endAt,
    }
    const result = await Scenario.run((scenario) => endLeaders(scenario, plan))
    results.push(result)
    kills += result.kills
    const found = [...violations(result.verdict), ...result.overlaps]
    console.log(`  ${kills} ended, ${plan.tabs} tabs, ${found.length} violations`)
    for (const violation of found) console.log(`    ${violation}`)
  }
  report(results, takeovers)
}

function report(results: readonly CampaignResult[], takeovers: Takeovers): void {
  const sum = (count: (result: CampaignResult) => number) =>
    results.reduce((total, result) => total + count(result), 0)
  const found = sum(({ verdict, overlaps }) => violations(verdict).length + overlaps.length)
  console.table({
    'leading tabs ended': sum(({ kills }) => kills),
    'browsers killed': results.length,
    'runs acknowledged': sum(({ verdict }) => verdict.acknowledged),
    'runs lost': sum(({ verdict }) => verdict.lost.length),
    'orders with two runs': sum(({ verdict }) => verdict.doubled.length),
    'bodies executed': sum(({ verdict }) => verdict.bodies),
    'recorded steps executed again': sum(({ verdict }) => verdict.executedAgain.length),
    'two leaders at a time': sum(({ overlaps }) => overlaps.length),
    'files not whole': sum(({ verdict }) => (verdict.integrity === 'ok' ? 0 : 1)),
    'violations in all': found,
  })
  console.log(`${takeovers}`)
  if (found > 0) process.exitCode = 1
}

await soak()
