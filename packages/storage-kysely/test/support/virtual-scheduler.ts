import type { Scheduler } from '@durably/core'

/** A scheduler whose waits take no time: each macrotask, the timer that is due first fires and virtual time moves to it. */
export interface VirtualScheduler extends Scheduler {
  /** Virtual milliseconds that have passed. */
  readonly elapsedMs: number
}

export function virtualScheduler(): VirtualScheduler {
  let elapsedMs = 0
  let timers: { readonly at: number; readonly run: () => void }[] = []
  const fireNext = () => {
    const [next] = timers.toSorted((a, b) => a.at - b.at)
    if (next === undefined) return
    timers = timers.filter((timer) => timer !== next)
    elapsedMs = next.at
    next.run()
  }
  return {
    get elapsedMs() {
      return elapsedMs
    },
    after(delayMs, run) {
      const timer = { at: elapsedMs + delayMs, run }
      timers.push(timer)
      setImmediate(fireNext)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    soon(run) {
      setImmediate(run)
    },
  }
}
