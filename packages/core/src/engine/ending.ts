import type { CancelTimer, Scheduler } from '../ports/scheduler.ts'

/** What can be brought to an end: a worker, or a pass. */
export interface Endable {
  /** Claims nothing more. */
  close(): void
  /** Resolves when nothing is executed any more, or what was executed has been abandoned. */
  drained(): Promise<void>
  /** Aborts what is executed and hands it back. */
  abandon(): Promise<void>
}

/** How much longer than its deadline an ending may wait for the database and for plugins. */
const GRACE_MS = 1_000

/** One end of an engine: waits for current runs, until somebody is in a hurry. */
export class Ending {
  readonly #scheduler: Scheduler
  readonly #parts: readonly Endable[]
  readonly #late = Promise.withResolvers<void>()
  readonly #timers = new Set<CancelTimer>()

  constructor(scheduler: Scheduler, parts: readonly Endable[]) {
    this.#scheduler = scheduler
    this.#parts = parts
    for (const part of parts) part.close()
  }

  /** From `timeoutMs` on, runs are handed back instead of waited for. */
  hurry(timeoutMs: number): void {
    this.#after(timeoutMs, () => {
      this.#after(GRACE_MS, () => this.#late.resolve())
      for (const part of this.#parts) void part.abandon()
    })
  }

  /** Resolves when every part has drained, or the deadline and its grace have passed. */
  drained(): Promise<unknown> {
    return this.unlessLate(Promise.all(this.#parts.map((part) => part.drained())))
  }

  /** Waits for work, unless the deadline and its grace pass first. */
  unlessLate(work: Promise<unknown>): Promise<unknown> {
    return Promise.race([work, this.#late.promise])
  }

  dispose(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  #after(delayMs: number, run: () => void): void {
    this.#timers.add(this.#scheduler.after(delayMs, run))
  }
}
