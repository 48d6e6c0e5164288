import { expect, test } from 'vitest'
import { Scenario } from '../src/scenario.ts'
import { FLAWLESS, verdict } from '../src/verdict.ts'

const SLOW = { steps: 6, bodyMs: 150 }

test('a reload in the middle of a step goes on after the last recorded one', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const tab = await scenario.open('only')
    await tab.call('trigger', 1, SLOW, 'reload')
    await site.next((entry) => entry.kind === 'body' && entry.step === 'step 3', 20_000, 0)
    await tab.reload()
    expect(await tab.started()).toBe('started')
    await tab.call('untilIdle', 20_000)
    const bodies = site.journal.flatMap((entry) =>
      entry.kind === 'body' ? [`${entry.step} of ${entry.generation}`] : [],
    )
    // Only the step that was interrupted is executed by both.
    expect(bodies.filter((body) => body.startsWith('step 3'))).toEqual(['step 3 of 1', 'step 3 of 2'])
    expect(bodies).toHaveLength(SLOW.steps + 1)
    expect(await verdict(tab, site.journal)).toMatchObject({ ...FLAWLESS, runs: 1 })
  }))

test('a browser that is killed and started again goes on, with nothing lost', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    for (let round = 0; round < 3; round++) {
      const tab = await scenario.open(`round ${round}`)
      await tab.call('triggerForEver', { steps: 3, bodyMs: 10 }, `round-${round}`)
      await site.next((entry) => entry.kind === 'acknowledged' && entry.order === `round-${round}-20`)
      await scenario.powerCut()
    }
    const tab = await scenario.open('last')
    await tab.call('untilIdle', 30_000)
    const found = await verdict(tab, site.journal)
    expect(found).toMatchObject(FLAWLESS)
    expect(found.acknowledged).toBeGreaterThan(60)
  }))

test('ten thousand runs are executed, each once', () =>
  Scenario.run(async (scenario) => {
    const tab = await scenario.open('only', { concurrency: 256 })
    for (let batch = 0; batch < 10; batch++) await tab.call('triggerAll', 1000, { steps: 0, bodyMs: 0 })
    await tab.call('untilIdle', 60_000)
    const runs = await tab.call('runs')
    expect(runs).toHaveLength(10_000)
    expect(runs.every(({ status }) => status === 'completed')).toBe(true)
    expect(await tab.call('check')).toBe('ok')
  }))

test('at the end of the quota a call is refused as full, what was acknowledged stays, and room makes it work again', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const tab = await scenario.open('only')
    await tab.call('trigger', 5, { steps: 1, bodyMs: 0 }, 'before')
    await tab.call('untilIdle', 10_000)
    const usage = Number(await tab.evaluate('navigator.storage.estimate().then(({ usage }) => usage)'))
    await tab.limitQuota(site.origin, usage + 3_000_000)
    const answers = new Set<string>()
    for (let attempt = 0; attempt < 60 && !answers.has('STORAGE_FULL'); attempt++) {
      answers.add(await tab.call('tryToStore', 200))
    }
    expect([...answers].sort()).toEqual(['STORAGE_FULL', 'stored'])
    await tab.limitQuota(site.origin, null)
    expect(await tab.call('tryToStore', 200)).toBe('stored')
    await tab.call('untilIdle', 20_000)
    expect(await verdict(tab, site.journal)).toMatchObject({ ...FLAWLESS, acknowledged: 5 })
  }))

test('a page that is no secure context is told to use https', () =>
  Scenario.run(async ({ site, browser }) => {
    if (site.insecureOrigin === null)
      throw new Error('This machine has no address of its own to try it with.')
    const tab = await browser.open(`${site.insecureOrigin}/?tab=insecure`)
    expect(await tab.started()).toMatch(/^STORAGE_UNAVAILABLE: .*https/)
  }))
