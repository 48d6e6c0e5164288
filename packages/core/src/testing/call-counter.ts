/** Counts the calls of an object's methods that are in flight, by standing in for the object. */
export class CallCounter {
  readonly #inFlight = new Map<symbol, string>()
  #started = 0

  /** How many calls were made so far. */
  get started(): number {
    return this.#started
  }

  /** The names of the methods whose promises are open. */
  get inFlight(): readonly string[] {
    return [...this.#inFlight.values()]
  }

  /** An object that behaves like `target` and whose calls are counted. */
  wrap<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (_, property) => {
        const member: unknown = Reflect.get(target, property)
        if (typeof member !== 'function') return member
        return (...args: readonly unknown[]): unknown =>
          this.#count(String(property), Reflect.apply(member, target, args))
      },
    })
  }

  #count(method: string, answer: unknown): unknown {
    if (!(answer instanceof Promise)) return answer
    const call = Symbol(method)
    const end = () => this.#inFlight.delete(call)
    this.#started += 1
    this.#inFlight.set(call, method)
    answer.then(end, end)
    return answer
  }
}
