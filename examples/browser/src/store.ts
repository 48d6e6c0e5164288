/** A value that changes: for plain code, and in the shape that React's `useSyncExternalStore` asks for. */
export class Store<Value> {
  readonly #listeners = new Set<() => void>()
  #value: Value

  constructor(value: Value) {
    this.#value = value
  }

  /** The same object until it is set anew. An arrow function, since React takes it without its store. */
  readonly getSnapshot = (): Value => this.#value

  /** Calls the listener after each change, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  set(value: Value): void {
    this.#value = value
    for (const listener of this.#listeners) listener()
  }
}
