/** Hands out turns one after the other: resolves when it is the caller's turn, with the function that ends it. */
export function turns(): () => Promise<() => void> {
  let last = Promise.resolve()
  return () => {
    const before = last
    const { promise, resolve } = Promise.withResolvers<void>()
    last = promise
    return before.then(() => resolve)
  }
}
