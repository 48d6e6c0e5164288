import type { Cdp } from './cdp.ts'
import type { E2e } from './page/main.ts'

interface Evaluated {
  readonly result: { readonly value: unknown }
  readonly exceptionDetails?: {
    readonly exception?: { readonly description?: string }
    readonly text: string
  }
}

const START_BUDGET_MS = 30_000

/** A tab and what can happen to it. */
export class BrowserTab {
  readonly #cdp: Cdp
  readonly #targetId: string
  readonly #sessionId: string

  private constructor(cdp: Cdp, targetId: string, sessionId: string) {
    this.#cdp = cdp
    this.#targetId = targetId
    this.#sessionId = sessionId
  }

  static async attach(cdp: Cdp, targetId: string): Promise<BrowserTab> {
    const { sessionId } = await cdp.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    })
    return new BrowserTab(cdp, targetId, sessionId)
  }

  /** Calls a function of the page's own. */
  async call<Name extends Exclude<keyof E2e, 'started'>>(
    name: Name,
    ...parameters: Parameters<E2e[Name]>
  ): Promise<Awaited<ReturnType<E2e[Name]>>> {
    const list = parameters.map((parameter) => JSON.stringify(parameter)).join(', ')
    return (await this.evaluate(`e2e.${name}(${list})`)) as Awaited<ReturnType<E2e[Name]>>
  }

  /** Resolves when the page's engine has started, with `started`, or with what prevented it. */
  async started(): Promise<string> {
    const giveUpAt = performance.now() + START_BUDGET_MS
    while (performance.now() < giveUpAt) {
      // While a page is being loaded there is nothing that could be asked.
      const said = await this.evaluate('globalThis.e2e?.started ?? null').catch(() => null)
      if (said !== null) return String(said)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return 'The page was not loaded.'
  }

  async evaluate(expression: string, budgetMs = 60_000): Promise<unknown> {
    const { result, exceptionDetails } = await this.#send<Evaluated>(
      'Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true },
      budgetMs,
    )
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    }
    return result.value
  }

  /** Leaves the page as its own script does it. The answer is often lost with the page. */
  async leave(script: string): Promise<void> {
    await this.evaluate(script).catch(() => {})
  }

  async reload(): Promise<void> {
    await this.#send('Page.reload')
  }

  /** Puts it in front, which hides the others. */
  async activate(): Promise<void> {
    await this.#cdp.send('Target.activateTarget', { targetId: this.#targetId })
  }

  /** Takes effect on a hidden tab only. */
  async freeze(): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: 'frozen' })
  }

  async resume(): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: 'active' })
  }

  /** Stops looking at it: a page under a debugger is not discarded. */
  async detach(): Promise<void> {
    await this.#cdp.send('Target.detachFromTarget', { sessionId: this.#sessionId })
  }

  async close(): Promise<void> {
    await this.#cdp.send('Target.closeTarget', { targetId: this.#targetId })
  }

  /** Ends its process. */
  crash(): void {
    this.#cdp.sendOff('Page.crash', this.#sessionId)
  }

  /** @param quotaBytes null: as the browser thinks fit */
  async limitQuota(origin: string, quotaBytes: number | null): Promise<void> {
    await this.#send('Storage.overrideQuotaForOrigin', {
      origin,
      ...(quotaBytes === null ? {} : { quotaSize: quotaBytes }),
    })
  }

  #send<Result>(method: string, parameters: object = {}, budgetMs?: number): Promise<Result> {
    return this.#cdp.send<Result>(method, parameters, this.#sessionId, budgetMs)
  }
}
