import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 10

/**
 * Waits until a condition answers something other than `undefined` or `false`, and answers that.
 *
 * @throws Error naming what was waited for, when the time is up
 */
export async function waitUntil<T>(
  what: string,
  condition: () => T | undefined | false,
  timeoutMs = 20_000,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const answer = condition()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > giveUpAt) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`)
    await sleep(PAUSE_MS)
  }
}
