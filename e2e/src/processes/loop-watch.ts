import { readFileSync } from 'node:fs'

const BEAT_MS = 5

/**
 * Measures how long the event loop stood still at most. Time in which the machine ran other processes is left out, where the
 * host tells it (Linux): a busy machine is not a blocked loop.
 */
export class LoopWatch {
  #longestStallMs = 0
  #timer: NodeJS.Timeout | undefined

  start(): void {
    let due = performance.now() + BEAT_MS
    let queuedMs = timeInRunQueueMs()
    this.#timer = setInterval(() => {
      const now = performance.now()
      const queued = timeInRunQueueMs()
      this.#longestStallMs = Math.max(this.#longestStallMs, now - due - (queued - queuedMs))
      due = now + BEAT_MS
      queuedMs = queued
    }, BEAT_MS)
    this.#timer.unref()
  }

  /** Ends the watch; answers the longest stall in milliseconds. */
  stop(): number {
    clearInterval(this.#timer)
    return this.#longestStallMs
  }
}

/** How long this thread was ready to run while the machine ran something else, in milliseconds since its start. */
function timeInRunQueueMs(): number {
  try {
    const [, waitedNs = '0'] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
    return Number(waitedNs) / 1e6
  } catch {
    return 0
  }
}
