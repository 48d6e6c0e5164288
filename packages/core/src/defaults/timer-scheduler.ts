import type { Scheduler } from '../ports/scheduler.ts'

interface HostTimers {
  setTimeout(run: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
  setImmediate?(run: () => void): unknown
}

/** The longest delay hosts accept; a longer one fires at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

const host = globalThis as unknown as HostTimers

/** The host's own timers. Globals are looked up at each call, so that a test's fake timers are seen. */
export const timerScheduler: Scheduler = {
  after(delayMs, run, options) {
    let timer: unknown
    const plan = (restMs: number) => {
      const thisMs = Math.min(Math.max(restMs, 0), MAX_DELAY_MS)
      timer = host.setTimeout(() => (restMs > thisMs ? plan(restMs - thisMs) : run()), thisMs)
      if (options?.background) (timer as { unref?(): void }).unref?.()
    }
    plan(delayMs)
    return () => host.clearTimeout(timer)
  },
  soon(run) {
    if (host.setImmediate) host.setImmediate(run)
    else host.setTimeout(run, 0)
  },
}
