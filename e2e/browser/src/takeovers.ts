/** How long it took, after leading tabs had ended, until another one executed. */
export class Takeovers {
  readonly #durationsMs = new Map<string, number[]>()

  add(how: string, durationMs: number): void {
    const durations = this.#durationsMs.get(how) ?? []
    durations.push(durationMs)
    this.#durationsMs.set(how, durations)
  }

  get medianMs(): number {
    return median([...this.#durationsMs.values()].flat())
  }

  /** One line for each way to end. */
  toString(): string {
    return [...this.#durationsMs]
      .map(([how, durations]) => {
        const worst = Math.max(...durations)
        return `takeover after ${how}: ${durations.length}, median ${median(durations).toFixed(0)} ms, worst ${worst.toFixed(0)} ms`
      })
      .join('\n')
  }
}

function median(durations: readonly number[]): number {
  return durations.toSorted((one, other) => one - other)[Math.floor(durations.length / 2)] ?? Number.NaN
}
