const INTERVAL_MS = 1

/** Measures how long the event loop goes without getting round to a timer, from now on until `end`. */
export class LoopWatch {
  readonly #timer: NodeJS.Timeout
  #seenAt = performance.now()
  #longestMs = 0

  constructor() {
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS)
  }

  /** The longest time without a timer, in milliseconds; a loop that never came round counts as one long time. */
  end(): number {
    clearInterval(this.#timer)
    this.#look()
    return this.#longestMs
  }

  #look(): void {
    const now = performance.now()
    this.#longestMs = Math.max(this.#longestMs, now - this.#seenAt - INTERVAL_MS)
    this.#seenAt = now
  }
}
