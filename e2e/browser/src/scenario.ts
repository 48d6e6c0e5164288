import { Chromium } from './chromium.ts'
import { Site } from './site.ts'
import type { BrowserTab } from './tab.ts'

/** A site, a browser, and tabs with names. Everything is gone afterwards, whatever happens. */
export class Scenario {
  readonly site: Site
  browser: Chromium
  readonly #named = new Map<string, BrowserTab>()

  private constructor(site: Site, browser: Chromium) {
    this.site = site
    this.browser = browser
  }

  static async run(body: (scenario: Scenario) => Promise<void>): Promise<void> {
    const site = await Site.open()
    const scenario = new Scenario(site, await Chromium.launch())
    try {
      await body(scenario)
    } finally {
      await scenario.browser.dispose()
      site.dispose()
    }
  }

  /** Opens a tab with the page, its engine started. */
  async open(name: string, settings: Readonly<Record<string, string | number>> = {}): Promise<BrowserTab> {
    const tab = await this.browser.open(this.site.page(name, settings))
    const said = await tab.started()
    if (said !== 'started') throw new Error(`Tab ${name} did not start: ${said}`)
    this.#named.set(name, tab)
    return tab
  }

  /** The tab a journal entry comes from. */
  named(name: string): BrowserTab {
    const tab = this.#named.get(name)
    if (tab === undefined) throw new Error(`There is no tab ${name}.`)
    return tab
  }

  /** Ends the whole browser, and starts it again on the same profile. */
  async powerCut(): Promise<void> {
    const { profile } = this.browser
    await this.browser.kill()
    this.browser = await Chromium.launch(profile)
  }
}
