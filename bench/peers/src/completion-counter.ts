/** Counts runs whose completion is stored, and tells when the n-th came without a timer that a busy engine might starve. */
export class CompletionCounter {
  #count = 0
  #lastAtMs = 0
  readonly #waiting = new Map<number, (atMs: number) => void>()

  /** How many there were so far. */
  get count(): number {
    return this.#count
  }

  /** When the last one came, on `performance.now()`; 0: none yet. */
  get lastAtMs(): number {
    return this.#lastAtMs
  }

  /** One more run is complete. */
  add(): void {
    this.#count += 1
    this.#lastAtMs = performance.now()
    this.#waiting.get(this.#count)?.(this.#lastAtMs)
    this.#waiting.delete(this.#count)
  }

  /** Resolves with the moment, on `performance.now()`, at which the n-th run came. Ask before it happens. */
  reached(count: number): Promise<number> {
    if (this.#count >= count) throw new Error(`asked for completion ${count} after ${this.#count} had passed`)
    return new Promise((resolve) => this.#waiting.set(count, resolve))
  }
}
