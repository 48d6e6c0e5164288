import type { Chromium } from './chromium.ts'

/** Settings of a profile in which the browser's own pages may be used. */
export const WITH_INTERNAL_PAGES = { localState: { internal_only_uis_enabled: true } } as const

const TIMEOUT_MS = 10_000

/** Throws a tab out of memory, as the browser does when memory runs short. Nobody may be attached to it. */
export async function discard(browser: Chromium, urlPart: string): Promise<void> {
  const list = await browser.open('chrome://discards')
  const giveUpAt = performance.now() + TIMEOUT_MS
  while (performance.now() < giveUpAt) {
    if (await list.evaluate(clickUrgentDiscard(urlPart))) return list.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${urlPart} is not listed among the tabs that can be discarded.`)
}

function clickUrgentDiscard(urlPart: string): string {
  return `(() => {
    const main = document.querySelector('discards-main')?.shadowRoot
    const table = main?.querySelector('discards-tab')?.shadowRoot
    const row = [...(table?.querySelectorAll('tr') ?? [])].find((row) => row.textContent.includes(${JSON.stringify(urlPart)}))
    const link = [...(row?.querySelectorAll('*') ?? [])].find((element) => element.children.length === 0 && element.textContent.trim() === '[Urgent Discard]')
    link?.click()
    return link !== undefined
  })()`
}
