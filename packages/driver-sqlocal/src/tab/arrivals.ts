import type { Scheduler } from '@durably/core'
import { nobodyLeads } from '../call-errors.ts'

interface Waiting {
  arrive(): void
  fail(reason: unknown): void
}

/** Those who wait until there is a way to the database. */
export class Arrivals {
  readonly #scheduler: Scheduler
  readonly #waiting = new Set<Waiting>()

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
      const cancel = this.#scheduler.after(budgetMs, () => waiting.fail(nobodyLeads()))
      this.#waiting.add(waiting)
    })
  }

  arrived(): void {
    for (const waiting of this.#waiting) waiting.arrive()
  }

  failed(reason: unknown): void {
    for (const waiting of this.#waiting) waiting.fail(reason)
  }
}
