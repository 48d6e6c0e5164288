import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/evidence/verdict.ts'
import type { SeededRandom } from '../../src/random.ts'
import { overlaps } from './leaderships.ts'
import type { Ending, Scenario } from './scenario.ts'
import type { Takeovers } from './takeovers.ts'
import { verdictOn } from './verdict.ts'

/** What a campaign does, and whom it tells. */
export interface CampaignPlan {
  /** How many tabs there are at any time. */
  readonly tabs: number
  readonly kills: number
  readonly endings: readonly Ending[]
  readonly random: SeededRandom
  readonly takeovers: Takeovers
  /** Kill the whole browser in the end, and start it again. */
  readonly powerCut: boolean
  /** Asked before each kill. */
  readonly mayGoOn?: () => boolean
}

/** What a campaign came to. */
export interface CampaignResult {
  readonly kills: number
  readonly verdict: Verdict
  readonly overlaps: readonly string[]
}

const WORK = { steps: 3, bodyMs: 20 }
const PAUSE_MS = 60
const LONGEST_WAIT_MS = 120
const DRAIN_BUDGET_MS = 60_000

/** Every tab triggers without a pause, and whichever leads is ended again and again in the middle of steps. */
export async function endLeaders(scenario: Scenario, plan: CampaignPlan): Promise<CampaignResult> {
  const { site } = scenario
  const { random, endings, takeovers, mayGoOn = () => true } = plan
  let opened = 0
  const openOne = async () => {
    opened++
    const tab = await scenario.open(`tab ${opened}`)
    await tab.call('produce', WORK, PAUSE_MS)
  }
  while (opened < plan.tabs) await openOne()

  let kills = 0
  for (; kills < plan.kills && mayGoOn(); kills++) {
    const leader = await scenario.leader()
    await site.next((entry) => entry.kind === 'acknowledged' && entry.tab !== leader)
    await sleep(random.between(0, LONGEST_WAIT_MS))
    await site.next((entry) => entry.kind === 'begin' && entry.tab === leader)
    const ending = endings[kills % endings.length] ?? 'crash'
    const endedAtMs = scenario.end(leader, ending)
    const heir = await site.next((entry) => entry.kind === 'begin' && entry.tab !== leader, endedAtMs)
    takeovers.add(ending, heir.atMs - endedAtMs)
    await openOne()
  }

  if (plan.powerCut) {
    await scenario.powerCut()
    await openOne()
  }
  const last = scenario.named(await scenario.leader())
  await Promise.all(scenario.names.map((name) => scenario.named(name).call('stopProducing')))
  await last.call('untilIdle', DRAIN_BUDGET_MS)
  return { kills, verdict: await verdictOn(site, last), overlaps: overlaps(site.journal) }
}
