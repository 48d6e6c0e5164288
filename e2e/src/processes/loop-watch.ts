import { readFileSync } from 'node:fs'

const BEAT_MS = 5
/** A jiffy of `/proc/stat`. */
const JIFFY_MS = 10

/** How often, and for how long, an event loop stood still. */
export interface LoopStalls {
  /** The longest stall. */
  readonly longestMs: number
  /** All stalls of 50 ms and more together. */
  readonly totalMs: number
}

const STALL_MS = 50

/**
 * Measures how long the event loop stands still. Time in which the machine ran something else is left out, where the host tells
 * it (Linux): a busy machine is not a blocked loop.
 */
export class LoopWatch {
  #longestMs = 0
  #totalMs = 0
  #timer: NodeJS.Timeout | undefined

  start(): void {
    let due = performance.now() + BEAT_MS
    let elsewhere = timeElsewhereMs()
    this.#timer = setInterval(() => {
      const now = performance.now()
      const elsewhereNow = timeElsewhereMs()
      this.#add(now - due - (elsewhereNow - elsewhere))
      due = now + BEAT_MS
      elsewhere = elsewhereNow
    }, BEAT_MS)
    this.#timer.unref()
  }

  stop(): LoopStalls {
    clearInterval(this.#timer)
    return { longestMs: this.#longestMs, totalMs: this.#totalMs }
  }

  #add(stallMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, stallMs)
    if (stallMs >= STALL_MS) this.#totalMs += stallMs
  }
}

/** How long this thread was ready to run and the processor did something else, milliseconds since some moment. */
function timeElsewhereMs(): number {
  try {
    const [, queuedNs = '0'] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
    // What the host of a virtual machine took away; the eighth number after the name.
    const stolen = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/)[8] ?? '0'
    return Number(queuedNs) / 1e6 + Number(stolen) * JIFFY_MS
  } catch {
    return 0
  }
}
