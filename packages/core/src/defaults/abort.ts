/** The part of an `AbortSignal` the engine relies on. */
export interface MinimalAbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * The application's own `AbortSignal` type where its platform declares one, so that a signal can be handed to `fetch` as it is.
 * Core itself is compiled without any platform's types.
 */
export type AbortSignalLike = typeof globalThis extends {
  readonly AbortSignal: { readonly prototype: infer Signal }
}
  ? Signal
  : MinimalAbortSignal

/** What makes a signal and aborts it. */
export interface AbortSource {
  readonly signal: AbortSignalLike
  abort(reason: unknown): void
}

declare const AbortController: new () => AbortSource

/** Makes a signal of the platform. */
export function createAbort(): AbortSource {
  return new AbortController()
}
