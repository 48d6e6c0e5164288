import { expect, test } from 'vitest'
import { violations } from '../../src/evidence/verdict.ts'
import { SeededRandom } from '../../src/random.ts'
import { endLeaders } from '../src/campaign.ts'
import { Scenario } from '../src/scenario.ts'
import { Takeovers } from '../src/takeovers.ts'

test('of two tabs the leading one ends ten times in the middle of steps: another leads within a second, nothing is lost, doubled or executed again', () =>
  Scenario.run(async (scenario) => {
    const takeovers = new Takeovers()
    const result = await endLeaders(scenario, {
      tabs: 2,
      kills: 10,
      endings: ['crash', 'close', 'navigation'],
      random: new SeededRandom(1),
      takeovers,
      powerCut: false,
    })
    const { acknowledged, lost, executedAgain } = result.verdict
    console.log(
      `${takeovers}\n${acknowledged} acknowledged, ${lost.length} lost, ${executedAgain.length} recorded steps executed again`,
    )
    expect(violations(result.verdict)).toEqual([])
    expect(result.overlaps).toEqual([])
    expect(takeovers.worstMs).toBeLessThan(1000)
  }))

test('of five tabs the leading one ends four times, and one leads at any time', () =>
  Scenario.run(async (scenario) => {
    const takeovers = new Takeovers()
    const result = await endLeaders(scenario, {
      tabs: 5,
      kills: 4,
      endings: ['close', 'crash'],
      random: new SeededRandom(2),
      takeovers,
      powerCut: false,
    })
    expect(violations(result.verdict)).toEqual([])
    expect(result.overlaps).toEqual([])
    expect(takeovers.worstMs).toBeLessThan(1000)
  }))
