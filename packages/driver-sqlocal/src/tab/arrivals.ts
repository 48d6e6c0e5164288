import type { Scheduler } from '@durably/core'
import { nobodyLeads, otherVersionLeads } from '../call-errors.ts'

interface Waiting {
  arrive(): void
  fail(reason: unknown): void
}

/** Those who wait until there is a way to the database. */
export class Arrivals {
  readonly #scheduler: Scheduler
  readonly #waiting = new Set<Waiting>()
  /** A tab leads that is not understood here. */
  #foreign = false

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** @throws DurablyError `STORAGE_BUSY` when the budget is spent */
  wait(budgetMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (how: () => void) => {
        this.#waiting.delete(waiting)
        cancel()
        how()
      }
      const waiting: Waiting = {
        arrive: () => end(resolve),
        fail: (reason) => end(() => reject(reason)),
      }
      const cancel = this.#scheduler.after(budgetMs, () =>
        waiting.fail(this.#foreign ? otherVersionLeads() : nobodyLeads()),
      )
      this.#waiting.add(waiting)
    })
  }

  /** Those who wait go on waiting, and learn of it when they waited in vain. */
  noteOtherVersion(): void {
    this.#foreign = true
  }

  arrived(): void {
    this.#foreign = false
    for (const waiting of this.#waiting) waiting.arrive()
  }

  failed(reason: unknown): void {
    for (const waiting of this.#waiting) waiting.fail(reason)
  }
}
