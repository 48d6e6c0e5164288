import { readEvidence } from '../evidence/evidence.ts'
import { judge, type Verdict } from '../evidence/verdict.ts'
import type { SeededRandom } from '../random.ts'
import { drain } from '../scenarios/drain.ts'
import type { Site } from '../site.ts'
import { killRound } from './round.ts'

/** What a campaign came to. */
export interface CampaignResult {
  readonly rounds: number
  readonly kills: number
  readonly verdict: Verdict
}

/** Several rounds on one database, then a drain and a verdict. `mayGoOn` is asked before each round. */
export async function campaign(
  site: Site,
  rounds: number,
  random: SeededRandom,
  mayGoOn: () => boolean = () => true,
): Promise<CampaignResult> {
  let kills = 0
  let round = 0
  for (; round < rounds && mayGoOn(); round++) kills += await killRound(site, random)
  await drain(site)
  const verdict = judge(readEvidence(site.database.path, site.journal.read()), site.batchSize)
  return { rounds: round, kills, verdict }
}
