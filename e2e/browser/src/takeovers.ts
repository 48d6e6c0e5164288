/** How long it took, after leading tabs had ended, until another one executed. */
export class Takeovers {
  readonly #durationsMs = new Map<string, number[]>()

  add(how: string, durationMs: number): void {
    const durations = this.#durationsMs.get(how) ?? []
    durations.push(durationMs)
    this.#durationsMs.set(how, durations)
  }

  get worstMs(): number {
    return Math.max(...[...this.#durationsMs.values()].flat())
  }

  /** One line for each way to end. */
  toString(): string {
    return [...this.#durationsMs]
      .map(([how, durations]) => {
        const sorted = durations.toSorted((one, other) => one - other)
        const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
        const worst = sorted.at(-1) ?? Number.NaN
        return `takeover after ${how}: ${sorted.length}, median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`
      })
      .join('\n')
  }
}
