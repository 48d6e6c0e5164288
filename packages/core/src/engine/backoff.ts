import type { Random } from '../ports/random.ts'
import type { Scheduler } from '../ports/scheduler.ts'

/** Waits that grow with each failure in a row, with jitter, and end early when nobody wants to wait any more. */
export type Backoff = ReturnType<typeof createBackoff>

const FIRST_MS = 50
const LONGEST_MS = 10_000

export function createBackoff(scheduler: Scheduler, random: Random) {
  const pauses = new Set<() => void>()
  return {
    /** @param failures how many there were in a row, from 1 */
    pause: (failures: number) =>
      new Promise<void>((resolve) => {
        const end = () => {
          cancel()
          pauses.delete(end)
          resolve()
        }
        const longestMs = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
        const cancel = scheduler.after(longestMs * (0.5 + 0.5 * random()), end)
        pauses.add(end)
      }),

    /** Ends every pause now. */
    cut() {
      for (const end of pauses) end()
    },
  }
}
