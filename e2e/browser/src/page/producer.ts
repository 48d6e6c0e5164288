import { isDurablyError } from '@durably/core'
import type { Work, Workplace } from './jobs.ts'
import { tell } from './journal-entry.ts'

/** What tells a run from every other. */
export interface Order {
  /** Kept as a label of the run. */
  readonly name: string
  /** A call with one may be made again. */
  readonly idempotencyKey: string | null
}

/** Triggers a run, and answers its id. */
type Trigger = (work: Work, order: Order) => Promise<string>

/**
 * Keeps triggering, every other time with an idempotency key. A call with a key that is refused retryably is made again, as an
 * application would; one without is made once, so that a second run would be of the engine's making.
 */
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
      const name = `${tab}/${page}/${index}`
      const order = { name, idempotencyKey: index % 2 === 0 ? name : null }
      const runId = await this.#place(work, order)
      if (runId !== null) tell({ kind: 'acknowledged', tab, runId, idempotencyKey: order.idempotencyKey })
      await sleep(pauseMs)
    }
  }

  /** Null: it was refused and may not be repeated. */
  async #place(work: Work, order: Order): Promise<string | null> {
    for (;;) {
      try {
        return await this.#trigger(work, order)
      } catch (error) {
        if (!isDurablyError(error) || !error.retryable) throw error
        if (order.idempotencyKey === null) return null
        await this.#workplace.sleep(20)
      }
    }
  }
}
