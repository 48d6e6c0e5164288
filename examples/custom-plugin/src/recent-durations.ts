/** How long the slower ones took: `p95` is the duration that 95 % stayed at or below. Milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly max: number
}

/** The last durations of something, as many as fit, so that memory stays the same however long a process lives. */
export class RecentDurations {
  readonly #capacity: number
  readonly #values: number[] = []
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(durationMs: number): void {
    this.#values[this.#next] = Math.round(durationMs)
    this.#next = (this.#next + 1) % this.#capacity
  }

  /** Null when there is none yet. */
  percentiles(): Percentiles | null {
    const sorted = this.#values.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
    return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95), max: at(1) }
  }
}
