import { Chromium } from './chromium.ts'
import { clockMs } from './page/journal-entry.ts'
import { type PageSettings, Site } from './site.ts'
import type { BrowserTab } from './tab.ts'

/** What a scenario is set in. */
export interface Setting {
  /** A profile with settings of its own. */
  readonly profile?: string
  /** Headers of the site. */
  readonly headers?: Readonly<Record<string, string>>
}

/** How a tab can end. */
export type Ending = 'close' | 'crash' | 'navigation'

/** A site, a browser, and tabs with names. Everything is gone afterwards, whatever happens. */
export class Scenario {
  readonly site: Site
  browser: Chromium
  readonly #tabs = new Map<string, BrowserTab>()

  private constructor(site: Site, browser: Chromium) {
    this.site = site
    this.browser = browser
  }

  static async run<T>(body: (scenario: Scenario) => Promise<T>, setting: Setting = {}): Promise<T> {
    const site = await Site.open(setting.headers)
    try {
      const scenario = new Scenario(site, await Chromium.launch(setting.profile))
      try {
        return await body(scenario)
      } finally {
        await scenario.browser.dispose()
      }
    } finally {
      site.dispose()
    }
  }

  /** The names of the tabs that are there. */
  get names(): readonly string[] {
    return [...this.#tabs.keys()]
  }

  /** Opens a tab with the page, its engine started. */
  async open(name: string, settings: PageSettings = {}): Promise<BrowserTab> {
    const tab = await this.browser.open(this.site.page(name, settings))
    const said = await tab.started()
    if (said !== 'started') throw new Error(`Tab ${name} did not start: ${said}`)
    this.#tabs.set(name, tab)
    return tab
  }

  named(name: string): BrowserTab {
    const tab = this.#tabs.get(name)
    if (tab === undefined) throw new Error(`There is no tab ${name}.`)
    return tab
  }

  /** The one tab that leads. @throws Error when none does, or more than one */
  async leader(): Promise<string> {
    const names = this.names
    const roles = await Promise.all(names.map((name) => this.named(name).call('role')))
    const leaders = names.filter((_, index) => roles[index] === 'leading')
    if (leaders.length === 1 && leaders[0] !== undefined) return leaders[0]
    throw new Error(`There must be one leading tab, not ${leaders.length}: ${roles.join(', ')}`)
  }

  /** Ends a tab, and answers when it began to. */
  end(name: string, how: Ending): number {
    const tab = this.named(name)
    this.#tabs.delete(name)
    const endedAtMs = performance.now()
    this.site.note({ kind: 'ended', tab: name, clockMs: clockMs() })
    // None of them is sure to be answered.
    if (how === 'crash') tab.crash()
    else if (how === 'close') tab.close().catch(() => {})
    else void tab.leave("location.href = 'about:blank'")
    return endedAtMs
  }

  /** Ends the whole browser, and starts it again on the same profile. */
  async powerCut(): Promise<void> {
    const { profile } = this.browser
    for (const name of this.names) this.site.note({ kind: 'ended', tab: name, clockMs: clockMs() })
    this.#tabs.clear()
    await this.browser.kill()
    this.browser = await Chromium.launch(profile)
  }
}
