import { expect, test } from 'vitest'
import { violations } from '../../src/evidence/verdict.ts'
import { createProfile } from '../src/chromium.ts'
import { discard, WITH_INTERNAL_PAGES } from '../src/discard.ts'
import { overlaps } from '../src/leaderships.ts'
import { Scenario } from '../src/scenario.ts'
import { verdictOn } from '../src/verdict.ts'

const STEADY = { steps: 3, bodyMs: 20 }
const LONG = { steps: 30, bodyMs: 50 }
/** From the sixth minute on, Chromium wakes a hidden page only once a minute: `HIDDEN_MINUTES=6`. */
const HIDDEN_MS = Number(process.env['HIDDEN_MINUTES'] ?? 0) * 60_000

test('every tab hears every event, whichever triggers and whichever executes', () =>
  Scenario.run(async (scenario) => {
    const names = ['one', 'two', 'three', 'four', 'five']
    for (const name of names) await scenario.open(name)
    expect(await scenario.leader()).toBe('one')
    await scenario.named('three').call('trigger', 5, STEADY)
    await scenario.named('five').call('trigger', 5, STEADY)
    await scenario.named('five').call('untilIdle', 20_000)
    // A run of three steps: triggered, started, three steps started and completed, completed.
    for (const name of names) {
      await expect.poll(() => scenario.named(name).call('runEvents')).toBe(10 * 9)
    }
    const verdict = await verdictOn(scenario.site, scenario.named('two'))
    expect(violations(verdict)).toEqual([])
    expect(verdict.acknowledged).toBe(10)
  }))

test('when a leading tab is frozen, another leads within two seconds; what the old one still does changes nothing, and then it follows', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const old = await scenario.open('old')
    const heir = await scenario.open('heir')
    await old.call('trigger', 4, LONG)
    await site.next((entry) => entry.kind === 'result' && entry.step === 'step 2', 0)
    await heir.activate()
    await expect.poll(() => old.evaluate('document.visibilityState')).toBe('hidden')
    const frozenAtMs = performance.now()
    await old.freeze()
    await site.next((entry) => entry.kind === 'frozen' && entry.tab === 'old', frozenAtMs)
    const turn = 'new Promise((resolve) => setTimeout(resolve, 10))'
    await expect(old.evaluate(turn, 500)).rejects.toThrow('was not answered')
    const body = await site.next((entry) => entry.kind === 'begin' && entry.tab === 'heir', frozenAtMs)
    expect(body.atMs - frozenAtMs).toBeLessThan(2000)
    console.log(`takeover after freeze: ${(body.atMs - frozenAtMs).toFixed(0)} ms`)

    const resumedAtMs = performance.now()
    await old.resume()
    const refused = await site.next(
      (entry) => entry.kind === 'refused' && entry.tab === 'old' && entry.aborted,
      frozenAtMs,
    )
    expect(refused).toMatchObject({ code: 'LEASE_LOST', generation: 1 })
    await expect.poll(() => old.call('role'), { timeout: 10_000 }).toBe('following')
    await heir.call('untilIdle', 30_000)
    const late = site.journal.filter((entry) => entry.tab === 'old' && entry.atMs > resumedAtMs)
    expect(late.filter(({ kind }) => kind === 'result' || kind === 'begin')).toEqual([])
    await old.call('trigger', 1, STEADY)
    await old.call('untilIdle', 10_000)
    expect(violations(await verdictOn(site, heir))).toEqual([])
    expect(overlaps(site.journal)).toEqual([])
  }))

test('a leading page that is left hands over, comes back from the back-forward cache as it was, and follows', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const left = await scenario.open('left')
    const heir = await scenario.open('heir')
    await left.activate()
    await left.call('trigger', 4, LONG)
    await site.next((entry) => entry.kind === 'result' && entry.step === 'step 2', 0)
    await left.evaluate(
      "addEventListener('pageshow', ({ persisted }) => { globalThis.cameBack = persisted })",
    )
    const leftAtMs = performance.now()
    await left.leave(`location.href = '${site.origin}/elsewhere'`)
    const body = await site.next((entry) => entry.kind === 'begin' && entry.tab === 'heir', leftAtMs)
    // It is put aside as a frozen page is.
    expect(body.atMs - leftAtMs).toBeLessThan(2000)

    await left.leave('history.back()')
    await expect.poll(() => left.evaluate('globalThis.cameBack').catch(() => null)).toBe(true)
    await expect.poll(() => left.call('role')).toBe('following')
    await left.call('trigger', 1, STEADY)
    await left.call('untilIdle', 30_000)
    expect((await left.call('info')).tabs).toBe(2)
    expect(violations(await verdictOn(site, heir))).toEqual([])
    expect(overlaps(site.journal)).toEqual([])
  }))

test('a leader whose page hangs is demoted after the stale threshold and not before, and records nothing more', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const settings = { staleThreshold: 2000 }
    const hung = await scenario.open('hung', settings)
    const heir = await scenario.open('heir', settings)
    await hung.call('trigger', 2, LONG)
    await site.next((entry) => entry.kind === 'result' && entry.step === 'step 2', 0)
    const hungAtMs = performance.now()
    await hung.call('hang', 7000)
    const body = await site.next((entry) => entry.kind === 'begin' && entry.tab === 'heir', hungAtMs)
    expect(body.atMs - hungAtMs).toBeGreaterThan(1500)
    expect(body.atMs - hungAtMs).toBeLessThan(6000)
    console.log(`takeover after hang, stale threshold 2000 ms: ${(body.atMs - hungAtMs).toFixed(0)} ms`)
    await heir.call('untilIdle', 30_000)
    await expect.poll(() => hung.call('role'), { timeout: 20_000 }).toBe('following')
    // An answer that was on its way to the page when it began to hang is of a step that nobody executes again.
    const executedAgain = site.journal
      .filter((entry) => entry.kind === 'begin')
      .filter(({ tab }) => tab === 'heir')
    const late = site.journal.filter(
      (entry) => entry.kind === 'result' && entry.tab === 'hung' && entry.atMs > body.atMs,
    )
    for (const { runId, step } of executedAgain)
      expect(late).not.toContainEqual(expect.objectContaining({ runId, step }))
    expect(violations(await verdictOn(site, heir))).toEqual([])
  }))

test('when the leading tab is discarded, another leads within a second', async () => {
  await Scenario.run(
    async (scenario) => {
      const { site, browser } = scenario
      const leader = await scenario.open('discarded')
      const heir = await scenario.open('heir')
      await leader.call('trigger', 4, LONG)
      await site.next((entry) => entry.kind === 'result' && entry.step === 'step 2', 0)
      await leader.detach()
      await discard(browser, 'tab=discarded')
      const discardedAtMs = performance.now()
      const body = await site.next(
        (entry) => entry.kind === 'begin' && entry.tab === 'heir',
        discardedAtMs - 1000,
      )
      expect(body.atMs - discardedAtMs).toBeLessThan(1000)
      await heir.call('untilIdle', 30_000)
      expect(violations(await verdictOn(site, heir))).toEqual([])
    },
    { profile: createProfile(WITH_INTERNAL_PAGES) },
  )
})

test(
  'a leader in a hidden tab keeps its pace, where timers of the page do not',
  {
    timeout: 60_000 + HIDDEN_MS,
  },
  () =>
    Scenario.run(async (scenario) => {
      const { site } = scenario
      const hidden = await scenario.open('hidden')
      const shown = await scenario.open('shown')
      await shown.activate()
      await expect.poll(() => hidden.evaluate('document.visibilityState')).toBe('hidden')
      await new Promise((resolve) => setTimeout(resolve, HIDDEN_MS))
      const sinceMs = performance.now()
      await hidden.call('tick', 100)
      await shown.call('trigger', 1, { steps: 30, bodyMs: 100 })
      await shown.call('untilIdle', 8000)
      await site.next((entry) => entry.kind === 'tick' && entry.atMs > sinceMs + 10_000, sinceMs)
      const ticks = site.journal.filter((entry) => entry.kind === 'tick')
      const ofDriver = ticks.filter((entry) => entry.of === 'driver').length
      const ofPage = ticks.filter((entry) => entry.of === 'page').length
      const minutes = HIDDEN_MS / 60_000
      console.log(
        `timers of 100 ms in 10 s of a tab hidden for ${minutes} minutes: ${ofDriver} of the driver, ${ofPage} of the page`,
      )
      expect(ofDriver).toBeGreaterThan(70)
      // Otherwise the browser did not slow anything down, and the count above says nothing.
      expect(ofPage).toBeLessThan(20)
      expect(await scenario.leader()).toBe('hidden')
    }),
)

test('with a client of the application, on an isolated page, another tab goes on in the same way', () =>
  Scenario.run(
    async (scenario) => {
      const { site } = scenario
      const leader = await scenario.open('leader', { client: 'yes' })
      const heir = await scenario.open('heir', { client: 'yes' })
      expect(await leader.call('info')).toMatchObject({ role: 'leading', storageType: 'opfs' })
      await heir.call('trigger', 2, STEADY)
      await site.next((entry) => entry.kind === 'result' && entry.tab === 'leader', 0)
      const endedAtMs = scenario.end('leader', 'crash')
      const body = await site.next((entry) => entry.kind === 'begin' && entry.tab === 'heir', endedAtMs)
      console.log(`takeover after crash, compatibility mode: ${(body.atMs - endedAtMs).toFixed(0)} ms`)
      expect(body.atMs - endedAtMs).toBeLessThan(2000)
      await heir.call('untilIdle', 20_000)
      expect(violations(await verdictOn(site, heir))).toEqual([])
    },
    {
      headers: {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      },
    },
  ))
