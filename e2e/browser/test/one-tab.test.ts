import { expect, test } from 'vitest'
import { violations } from '../../src/evidence/verdict.ts'
import { createProfile } from '../src/chromium.ts'
import { Scenario } from '../src/scenario.ts'
import { verdictOn } from '../src/verdict.ts'

test('a reload in the middle of a step goes on after the last recorded one', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const tab = await scenario.open('only')
    await tab.call('trigger', 1, { steps: 6, bodyMs: 150 })
    await site.next((entry) => entry.kind === 'begin' && entry.step === 'step 3', 0)
    await tab.reload()
    expect(await tab.started()).toBe('started')
    await tab.call('untilIdle', 20_000)
    const bodies = site.journal.flatMap((entry) =>
      entry.kind === 'begin' ? [`${entry.step} in attempt ${entry.generation}`] : [],
    )
    expect(bodies).toEqual([
      'step 0 in attempt 1',
      'step 1 in attempt 1',
      'step 2 in attempt 1',
      'step 3 in attempt 1',
      'step 3 in attempt 2',
      'step 4 in attempt 2',
      'step 5 in attempt 2',
    ])
    expect(violations(await verdictOn(site, tab))).toEqual([])
  }))

test('a browser that is killed and started again goes on, with nothing lost', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    for (let round = 0; round < 3; round++) {
      const tab = await scenario.open(`round ${round}`)
      await tab.call('produce', { steps: 3, bodyMs: 20 }, 20)
      await site.next((entry) => entry.kind === 'acknowledged' && entry.tab === `round ${round}`)
      await site.next((entry) => entry.kind === 'begin' && entry.step === 'step 1')
      await scenario.powerCut()
    }
    const tab = await scenario.open('last')
    await tab.call('untilIdle', 30_000)
    const verdict = await verdictOn(site, tab)
    expect(violations(verdict)).toEqual([])
    expect(verdict.acknowledged).toBeGreaterThanOrEqual(3)
  }))

test('ten thousand runs are executed, each once, and the file stays whole', () =>
  Scenario.run(async (scenario) => {
    const tab = await scenario.open('only', { concurrency: 256 })
    for (let batch = 0; batch < 10; batch++) await tab.call('triggerQuiet', 1000)
    await tab.call('untilIdle', 60_000)
    expect(await tab.call('quietBodies')).toBe(10_000)
    expect(await tab.call('integrity')).toBe('ok')
    const { lost, integrity } = await verdictOn(scenario.site, tab)
    expect({ lost, integrity }).toEqual({ lost: [], integrity: 'ok' })
  }))

test('at the end of the quota a call is refused as full, what was acknowledged stays, and room makes it work again', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const tab = await scenario.open('only')
    await tab.call('trigger', 5, { steps: 1, bodyMs: 0 })
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
    const verdict = await verdictOn(site, tab)
    expect(violations(verdict)).toEqual([])
    expect(verdict.acknowledged).toBe(5)
  }))

test('whether the browser promised to keep the data is reported as it is', () =>
  Scenario.run(async (scenario) => {
    const unasked = await scenario.open('before')
    expect(await unasked.call('info')).toMatchObject({ storageType: 'opfs', persisted: false, tabs: 1 })
    await scenario.browser.grantPersistence(scenario.site.origin)
    const asked = await scenario.open('after')
    await expect.poll(() => asked.call('info')).toMatchObject({ persisted: true, tabs: 2 })
  }))

test('a page that is no secure context is told to use https', async (context) => {
  await Scenario.run(async ({ site, browser }) => {
    if (site.insecureOrigin === null) return context.skip('This machine has no address besides localhost.')
    const tab = await browser.open(`${site.insecureOrigin}/?tab=insecure`)
    expect(await tab.started()).toMatch(/^STORAGE_UNAVAILABLE: .*https/)
  })
})

test('a page whose site data is denied is told to allow it', async () => {
  const denied = { profile: { default_content_setting_values: { cookies: 2 } } }
  await Scenario.run(
    async ({ site, browser }) => {
      const tab = await browser.open(site.page('denied'))
      expect(await tab.started()).toMatch(/^STORAGE_UNAVAILABLE: .*Allow site data/)
    },
    { profile: createProfile({ preferences: denied }) },
  )
})
