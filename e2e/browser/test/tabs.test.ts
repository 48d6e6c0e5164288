import { expect, test } from 'vitest'
import { Scenario } from '../src/scenario.ts'
import type { BrowserTab } from '../src/tab.ts'
import { FLAWLESS, verdict } from '../src/verdict.ts'

const STEADY = { steps: 3, bodyMs: 20 }

/** How the leading tab can end. */
const ENDS: Readonly<Record<string, (tab: BrowserTab) => unknown>> = {
  'is closed': (tab) => tab.close(),
  crashes: (tab) => tab.crash(),
  navigates: (tab) => tab.evaluate("location.href = 'about:blank'"),
}

for (const [how, end] of Object.entries(ENDS)) {
  test(`when the leading tab ${how}, another leads within a second and goes on`, () =>
    Scenario.run(async (scenario) => {
      const { site } = scenario
      const leader = await scenario.open('leader')
      const follower = await scenario.open('follower')
      expect([await leader.call('role'), await follower.call('role')]).toEqual(['leading', 'following'])
      await follower.call('triggerForEver', STEADY, 'order')
      await site.next((entry) => entry.kind === 'acknowledged' && entry.order === 'order-10')
      const endedAt = performance.now()
      void end(leader)
      const led = await site.next(
        (entry) => entry.kind === 'leads' && entry.tab === 'follower',
        20_000,
        endedAt,
      )
      const body = await site.next(
        (entry) => entry.kind === 'body' && entry.tab === 'follower',
        20_000,
        endedAt,
      )
      expect(Math.max(led.atMs, body.atMs) - endedAt).toBeLessThan(1000)
      await site.next((entry) => entry.kind === 'acknowledged' && entry.order === 'order-30')
      await follower.reload()
      await follower.started()
      await follower.call('untilIdle', 20_000)
      expect(await verdict(follower, site.journal)).toMatchObject(FLAWLESS)
    }))
}

test('of five tabs one leads, all hear every event, and each in turn takes over', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const names = ['one', 'two', 'three', 'four', 'five']
    const tabs: BrowserTab[] = []
    for (const name of names) tabs.push(await scenario.open(name))
    const roles = await Promise.all(tabs.map((tab) => tab.call('role')))
    expect(roles.toSorted()).toEqual(['following', 'following', 'following', 'following', 'leading'])

    await tabs[4]?.call('trigger', 10, STEADY, 'all')
    await tabs[4]?.call('untilIdle', 20_000)
    // A run of three steps: triggered, started, three steps started and completed, completed.
    for (const tab of tabs) expect(await tab.call('events')).toBe(10 * 9)

    let alive = [...names]
    for (let round = 0; round < 4; round++) {
      const heir = await Promise.all(alive.map((name) => scenario.named(name).call('role')))
      const leader = alive[heir.indexOf('leading')] ?? ''
      expect(heir.filter((role) => role === 'leading')).toHaveLength(1)
      alive = alive.filter((name) => name !== leader)
      const endedAt = performance.now()
      await scenario.named(leader).close()
      await site.next((entry) => entry.kind === 'leads', 20_000, endedAt)
      await scenario.named(alive[0] ?? '').call('trigger', 5, STEADY, `round-${round}`)
    }
    const last = scenario.named(alive[0] ?? '')
    await last.call('untilIdle', 20_000)
    expect(await verdict(last, site.journal)).toMatchObject({ ...FLAWLESS, acknowledged: 30 })
  }))

test('when a frozen leader does nothing any more, another leads within two seconds; resumed, it follows', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const leader = await scenario.open('leader')
    const follower = await scenario.open('follower')
    await leader.call('trigger', 4, { steps: 20, bodyMs: 50 }, 'order')
    await site.next((entry) => entry.kind === 'body' && entry.step === 'step 2', 20_000, 0)
    await follower.activate()
    await expect.poll(() => leader.evaluate('document.visibilityState')).toBe('hidden')
    const frozenAt = performance.now()
    await leader.freeze()
    await site.next((entry) => entry.kind === 'frozen', 20_000, frozenAt)
    const turn = 'new Promise((resolve) => setTimeout(resolve, 10))'
    await expect(leader.evaluate(turn, 500)).rejects.toThrow('was not answered')
    const body = await site.next(
      (entry) => entry.kind === 'body' && entry.tab === 'follower',
      20_000,
      frozenAt,
    )
    expect(body.atMs - frozenAt).toBeLessThan(2000)
    await leader.resume()
    await expect.poll(() => leader.call('role'), { timeout: 10_000 }).toBe('following')
    await follower.call('untilIdle', 30_000)
    expect(await verdict(follower, site.journal)).toMatchObject({ ...FLAWLESS, acknowledged: 4 })
  }))

test('a leader whose page hangs is demoted after the stale threshold, and records nothing more', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const settings = { staleThreshold: 2000 }
    const leader = await scenario.open('leader', settings)
    const follower = await scenario.open('follower', settings)
    await leader.call('trigger', 2, { steps: 40, bodyMs: 50 }, 'order')
    await site.next((entry) => entry.kind === 'body' && entry.step === 'step 2', 20_000, 0)
    const hungAt = performance.now()
    await leader.call('hang', 9000)
    const body = await site.next((entry) => entry.kind === 'body' && entry.tab === 'follower', 20_000, hungAt)
    expect(body.atMs - hungAt).toBeGreaterThan(1500)
    expect(body.atMs - hungAt).toBeLessThan(6000)
    await follower.call('untilIdle', 30_000)
    await expect.poll(() => leader.call('role'), { timeout: 20_000 }).toBe('following')
    expect(await verdict(follower, site.journal)).toMatchObject({ ...FLAWLESS, acknowledged: 2 })
  }))

test('the timers of a hidden tab keep their pace', () =>
  Scenario.run(async (scenario) => {
    const { site } = scenario
    const hidden = await scenario.open('hidden')
    const shown = await scenario.open('shown')
    await shown.activate()
    await expect.poll(() => hidden.evaluate('document.visibilityState')).toBe('hidden')
    const since = performance.now()
    await hidden.call('tick', 100)
    // The page's own timers get one call a second from the moment it is hidden.
    await site.next((entry) => entry.kind === 'tick' && entry.atMs > since + 5000, 20_000, since)
    const ticks = site.journal.filter((entry) => entry.kind === 'tick')
    expect(ticks.length).toBeGreaterThan(40)
  }))
