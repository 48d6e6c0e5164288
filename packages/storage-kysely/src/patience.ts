import type { Random, Scheduler } from '@durably/core'

/** How to wait for a database that cannot answer now. */
export interface Patience {
  readonly scheduler: Scheduler
  readonly random: Random
  /** When to give up, counted from the first failed attempt. */
  readonly budgetMs: number
}

/**
 * Makes the attempt until it succeeds, fails for good, or the budget is spent; then rejects with the last error.
 *
 * Waits are short, random and asynchronous. A busy timeout inside the library would block the event loop of a synchronous one,
 * and hands the lock back and forth less fairly.
 *
 * @param longestWaitMs how long to wait at most after this error; null: it is final
 */
export async function persist<T>(
  patience: Patience,
  attempt: () => Promise<T>,
  longestWaitMs: (error: unknown) => number | null,
): Promise<T> {
  const { scheduler, random, budgetMs } = patience
  let spent = false
  let forget: (() => void) | undefined
  try {
    for (let n = 1; ; n++) {
      try {
        return await attempt()
      } catch (error) {
        const longestMs = longestWaitMs(error)
        if (longestMs === null || spent) throw error
        // The budget is a timer, since nothing here reads a clock.
        forget ??= scheduler.after(budgetMs, () => {
          spent = true
        })
        await new Promise<void>((resume) => scheduler.after(random() * Math.min(2 ** n, longestMs), resume))
      }
    }
  } finally {
    forget?.()
  }
}
