import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '@durably/storage-kysely'

const LONGEST_WAIT_MS = 16
const BUDGET_MS = 5_000

/**
 * Repeats an action for up to five seconds while the database is busy, without blocking the event loop as SQLite's own busy
 * timeout would; then rejects with the last refusal.
 */
export async function retryWhileBusy<T>(action: () => T | Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + BUDGET_MS
  for (let attempt = 1; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (failureOf(error) !== 'busy' || performance.now() >= giveUpAt) throw error
    }
    await sleep(Math.random() * Math.min(2 ** attempt, LONGEST_WAIT_MS))
  }
}
