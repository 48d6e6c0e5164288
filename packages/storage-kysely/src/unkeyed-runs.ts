import type { Claim } from '@durably/core'

/** How many are remembered. Beyond that all are forgotten, which costs their settle a statement and nothing else. */
const CAPACITY = 10_000

/**
 * The runs taken here that have no concurrency key, and so no line behind them: their settle admits nobody, which saves it a tenth.
 * A key never changes, so what is remembered stays true; a run that is not remembered is treated as one with a key.
 */
export class UnkeyedRuns {
  readonly #ids = new Set<string>()

  /** Notes those of the claims that have no key. */
  add(claims: readonly Claim[]): void {
    for (const { run } of claims) {
      if (run.concurrencyKey !== null) continue
      if (this.#ids.size >= CAPACITY) this.#ids.clear()
      this.#ids.add(run.id)
    }
  }

  /** Is the run known to have no key? Forgets it: an attempt is settled once. */
  take(runId: string): boolean {
    return this.#ids.delete(runId)
  }
}
