import type { AnyRunEvent, RunWatch } from './run-watch.ts'

/**
 * The events of one run as an async iterable that ends with the run. Following begins with the first `next()`, so an iterable
 * that is never iterated costs nothing; leaving the loop early ends it.
 */
export function subscribeTo(runId: string, watch: RunWatch): AsyncIterable<AnyRunEvent> {
  return {
    async *[Symbol.asyncIterator]() {
      const events: AnyRunEvent[] = []
      let over = false
      let failure: { readonly error: unknown } | null = null
      let wake: () => void = () => {}
      const unfollow = watch.follow(runId, {
        event: (event) => {
          events.push(event)
          wake()
        },
        ended: () => {
          over = true
          wake()
        },
        failed: (error) => {
          failure = { error }
          wake()
        },
      })
      try {
        for (;;) {
          const event = events.shift()
          if (event) yield event
          else if (failure) throw (failure as { readonly error: unknown }).error
          else if (over) return
          else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        unfollow()
      }
    },
  }
}
