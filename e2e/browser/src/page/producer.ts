import { isDurablyError } from '@durably/core'
import type { Work, Workplace } from './jobs.ts'
import { tell } from './journal-entry.ts'

/** Triggers a run under that idempotency key, and answers its id. */
type Trigger = (work: Work, idempotencyKey: string) => Promise<string>

/** Keeps triggering. A call that is refused retryably is made again under the same key, as an application would. */
export class Producer {
  readonly #workplace: Workplace
  readonly #trigger: Trigger
  #goesOn = false
  #ended: Promise<void> = Promise.resolve()

  constructor(workplace: Workplace, trigger: Trigger) {
    this.#workplace = workplace
    this.#trigger = trigger
  }

  start(work: Work, pauseMs: number): void {
    this.#goesOn = true
    this.#ended = this.#produce(work, pauseMs)
  }

  /** Resolves when the last call was answered. */
  stop(): Promise<void> {
    this.#goesOn = false
    return this.#ended
  }

  async #produce(work: Work, pauseMs: number): Promise<void> {
    const { tab, sleep } = this.#workplace
    // A page that is loaded again under the same name must not meet its own keys.
    const page = Math.round(performance.timeOrigin)
    for (let index = 0; this.#goesOn; index++) {
      const idempotencyKey = `${tab}/${page}/${index}`
      const runId = await this.#persistently(() => this.#trigger(work, idempotencyKey))
      tell({ kind: 'acknowledged', tab, runId, idempotencyKey })
      await sleep(pauseMs)
    }
  }

  async #persistently<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call()
      } catch (error) {
        if (!isDurablyError(error) || !error.retryable) throw error
        await this.#workplace.sleep(20)
      }
    }
  }
}
