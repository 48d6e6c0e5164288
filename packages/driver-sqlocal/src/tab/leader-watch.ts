import type { CancelTimer, Scheduler } from '@durably/core'

/** How often the leader is asked within the time after which its silence counts. */
const QUESTIONS = 4

/** What a watch needs to know and do. */
export interface WatchActions {
  /** Asks the leader for a sign. */
  ask(): void
  /** It was silent for the whole time. */
  silent(): void
}

/** Notices a leader that holds the lock and does nothing: its page hangs in a loop, or its process was stopped. */
export class LeaderWatch {
  readonly #scheduler: Scheduler
  readonly #actions: WatchActions
  #patienceMs = 0
  #heardAt = 0
  #cancel: CancelTimer | null = null

  constructor(scheduler: Scheduler, actions: WatchActions) {
    this.#scheduler = scheduler
    this.#actions = actions
  }

  /** @param patienceMs how long it may be silent */
  start(patienceMs: number): void {
    this.stop()
    this.#patienceMs = patienceMs
    this.heard()
    this.#plan()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  /** There was a sign, or a reason why there could be none. */
  heard(): void {
    this.#heardAt = performance.now()
  }

  #plan(): void {
    // Spread, so that several followers do not lose patience in the same moment.
    const delayMs = (this.#patienceMs / QUESTIONS) * (0.75 + 0.25 * Math.random())
    this.#cancel = this.#scheduler.after(delayMs, () => {
      this.#plan()
      if (performance.now() - this.#heardAt <= this.#patienceMs) return this.#actions.ask()
      this.heard()
      this.#actions.silent()
    })
  }
}
