/** Counts how many runs may still be taken: slots in use, slots promised to a claim under way, and runs taken in all. */
export class Slots {
  readonly #concurrency: number
  readonly #allowance: () => number
  #used = 0
  #reserved = 0
  #taken = 0

  /** @param allowance how many runs may be taken in all; asked each time */
  constructor(concurrency: number, allowance: () => number) {
    this.#concurrency = concurrency
    this.#allowance = allowance
  }

  get free(): number {
    return Math.min(this.#concurrency - this.#used, this.#allowance() - this.#taken) - this.#reserved
  }

  occupy(): void {
    this.#used++
    this.#taken++
  }

  vacate(): void {
    this.#used--
  }

  /** A promise of slots to one claim, so that another one put into the same commit does not count them too. */
  reservation(): Reservation {
    return new Reservation(this, (change) => {
      this.#reserved += change
    })
  }
}

/** Slots promised to a claim. */
export class Reservation {
  readonly #slots: Slots
  readonly #change: (by: number) => void
  #size = 0

  constructor(slots: Slots, change: (by: number) => void) {
    this.#slots = slots
    this.#change = change
  }

  /** How many are promised now. */
  get size(): number {
    return this.#size
  }

  /** Promises all slots that are free at this moment; replaces an earlier promise. */
  take(): number {
    this.end()
    this.#size = Math.max(0, this.#slots.free)
    this.#change(this.#size)
    return this.#size
  }

  end(): void {
    this.#change(-this.#size)
    this.#size = 0
  }
}
