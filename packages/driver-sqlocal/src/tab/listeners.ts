/** Functions that want to be told. */
export class Listeners<Told extends readonly unknown[]> {
  readonly #listeners = new Set<(...told: Told) => void>()

  /** Tells the listener from now on, until the returned function is called. */
  add(listener: (...told: Told) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(...told: Told): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(...told)
      } catch (error) {
        reportError(error)
      }
    }
  }
}
