import { timerScheduler } from '../defaults/timer-scheduler.ts'
import type { CancelTimer, Scheduler } from '../ports/scheduler.ts'

interface Timer {
  readonly dueAt: number
  readonly run: () => void
  readonly background: boolean
}

/** A scheduler whose timers fire when they are told to. The next macrotask stays a real one, since storages use those too. */
export class VirtualTimers implements Scheduler {
  readonly #now: () => number
  readonly #timers = new Set<Timer>()
  #soon = 0

  /** @param now the monotonic reading that delays count from */
  constructor(now: () => number) {
    this.#now = now
  }

  /** How many callbacks wait for the next macrotask. */
  get waitingForMacrotask(): number {
    return this.#soon
  }

  /** How many timers would keep the process alive. */
  get foreground(): number {
    return [...this.#timers].filter((timer) => !timer.background).length
  }

  after(delayMs: number, run: () => void, options?: { readonly background?: boolean }): CancelTimer {
    if (delayMs <= 0) return this.#inMacrotask(run)
    // Whole milliseconds, as hosts count them, so that clocks never show fractions.
    const timer = { dueAt: this.#now() + Math.ceil(delayMs), run, background: options?.background ?? false }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  soon(run: () => void): void {
    this.#inMacrotask(run)
  }

  /** Takes out the first timer that is due at a moment or before, the one planned first among equals. */
  takeDue(moment: number): Timer | null {
    let first: Timer | null = null
    for (const timer of this.#timers) {
      if (timer.dueAt <= moment && (first === null || timer.dueAt < first.dueAt)) first = timer
    }
    if (first) this.#timers.delete(first)
    return first
  }

  #inMacrotask(run: () => void): CancelTimer {
    let cancelled = false
    this.#soon += 1
    timerScheduler.soon(() => {
      this.#soon -= 1
      if (!cancelled) run()
    })
    return () => {
      cancelled = true
    }
  }
}
