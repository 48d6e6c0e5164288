import type { AnyRunEvent } from '../events/events.ts'
import { followRun, type WatchPorts } from './run-watch.ts'

/**
 * The events of one run as an async iterable that ends with the run. Following begins with the first `next()`, so an iterable
 * that is never iterated costs nothing; leaving the loop early ends it.
 */
export function subscribeTo(runId: string, ports: WatchPorts): AsyncIterable<AnyRunEvent> {
  return {
    [Symbol.asyncIterator]() {
      const events: AnyRunEvent[] = []
      let over = false
      let failure: unknown
      let wake = () => {}
      const end = (error?: unknown) => {
        over = true
        failure = error
        wake()
      }
      async function* follow() {
        const unfollow = followRun(
          runId,
          ports,
          (event) => {
            events.push(event)
            wake()
          },
          end,
        )
        try {
          for (;;) {
            const event = events.shift()
            if (event) yield event
            else if (failure) throw failure
            else if (over) return
            else
              await new Promise<void>((resolve) => {
                wake = resolve
              })
          }
        } finally {
          unfollow()
        }
      }
      const iterator = follow()
      return {
        next: () => iterator.next(),
        // A generator answers `return` only when the `next` under way is answered.
        return() {
          end()
          return iterator.return()
        },
      }
    },
  }
}
