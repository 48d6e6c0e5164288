import type { CancelTimer, Scheduler } from '@durably/core'

/** The longest delay hosts accept; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** Something that rings once after a delay, or not at all (null). */
export type SetAlarm = (delayMs: number | null) => void

interface Timer {
  readonly dueAt: number
  readonly run: () => void
}

/**
 * Timers that keep their pace in hidden pages, which get one timer a minute: a single alarm in the tab's worker wakes the page for
 * whatever is due. The page's own timer runs beside it, for the time before there is a worker and after it is lost.
 */
export class WorkerScheduler implements Scheduler {
  readonly #timers = new Set<Timer>()
  readonly #macrotasks = new MessageChannel()
  readonly #soon: (() => void)[] = []
  #setAlarm: SetAlarm | null = null
  #pageTimer: ReturnType<typeof setTimeout> | undefined
  /** When the alarm rings. */
  #alarmAt = Number.POSITIVE_INFINITY

  constructor() {
    // One callback a message: each is a turn of its own, and unlike timers, messages are never delayed.
    this.#macrotasks.port1.onmessage = () => this.#soon.shift()?.()
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const timer: Timer = { dueAt: performance.now() + Math.max(delayMs, 0), run }
    this.#timers.add(timer)
    if (timer.dueAt < this.#alarmAt) this.#arm(timer.dueAt)
    return () => void this.#timers.delete(timer)
  }

  soon(run: () => void): void {
    this.#soon.push(run)
    this.#macrotasks.port2.postMessage(null)
  }

  /** From now on this alarm is set; null: there is none. */
  use(setAlarm: SetAlarm | null): void {
    this.#setAlarm = setAlarm
    this.#armForNext()
  }

  /** The alarm rang. Harmless at any time. */
  ring(): void {
    const now = performance.now()
    const due = [...this.#timers].filter((timer) => timer.dueAt <= now)
    due.sort((one, other) => one.dueAt - other.dueAt)
    for (const timer of due) if (this.#timers.delete(timer)) this.soon(timer.run)
    this.#armForNext()
  }

  #armForNext(): void {
    let nextAt = Number.POSITIVE_INFINITY
    for (const { dueAt } of this.#timers) nextAt = Math.min(nextAt, dueAt)
    this.#arm(nextAt)
  }

  #arm(at: number): void {
    clearTimeout(this.#pageTimer)
    this.#alarmAt = at
    if (at === Number.POSITIVE_INFINITY) {
      this.#setAlarm?.(null)
      return
    }
    // Rounded up, so that it never rings a moment too early.
    const delayMs = Math.min(Math.ceil(Math.max(at - performance.now(), 0)), MAX_DELAY_MS)
    this.#pageTimer = setTimeout(() => this.ring(), delayMs)
    this.#setAlarm?.(delayMs)
  }
}
