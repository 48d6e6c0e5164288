import type { Random } from '../ports/random.ts'
import type { CancelTimer, Scheduler } from '../ports/scheduler.ts'

const FIRST_MS = 50
const LONGEST_MS = 10_000

/** Waits that grow with each failure in a row, with jitter, and end early when nobody wants to wait any more. */
export class Backoff {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #pending = new Set<() => void>()

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler
    this.#random = random
  }

  /** @param failures how many there were in a row, from 1 */
  pause(failures: number): Promise<void> {
    const longestMs = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
    return new Promise((resolve) => {
      let cancel: CancelTimer = () => {}
      const end = () => {
        cancel()
        this.#pending.delete(end)
        resolve()
      }
      this.#pending.add(end)
      cancel = this.#scheduler.after(longestMs * (0.5 + 0.5 * this.#random()), end)
    })
  }

  /** Ends every pause now. */
  cut(): void {
    for (const end of [...this.#pending]) end()
  }
}
