/** A place a handler waits at until the test lets it go on. */
export interface Gate<T = void> {
  readonly opened: Promise<T>
  open(value: T): void
  fail(error: unknown): void
}

/** A closed gate. */
export function gate<T = void>(): Gate<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  promise.catch(() => undefined)
  return { opened: promise, open: resolve, fail: reject }
}

/** What a promise rejects with; watched from now on, so time may pass before it is asked. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`This was expected to be refused, but answered ${JSON.stringify(value)}.`)
    },
    (error: unknown) => error,
  )
}
