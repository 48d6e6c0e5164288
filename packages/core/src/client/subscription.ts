import type { AnyRunEvent } from '../events/events.ts'
import { followRun, type WatchPorts } from './run-watch.ts'

/**
 * The events of one run as an async iterable that ends with the run. Following begins with the first `next()`, so an iterable
 * that is never iterated costs nothing; leaving the loop early ends it.
 */
export function subscribeTo(runId: string, ports: WatchPorts): AsyncIterable<AnyRunEvent> {
  return {
    async *[Symbol.asyncIterator]() {
      const events: AnyRunEvent[] = []
      let over = false
      let failure: unknown
      let wake = () => {}
      const unfollow = followRun(
        runId,
        ports,
        (event) => {
          events.push(event)
          wake()
        },
        (error) => {
          over = true
          failure = error
          wake()
        },
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
    },
  }
}
