import type { CancelTimer, Scheduler } from '../ports/scheduler.ts'

/** How `stop` ends. */
export interface StopOptions {
  /** Milliseconds after which runs still being executed are aborted and handed back. Default: they are waited for. */
  readonly timeout?: number | undefined
}

/** What can be brought to an end: a worker, or the dispatcher of a pass. */
export interface Endable {
  /** Claims nothing more. */
  close(): void
  /** Resolves when nothing is executed any more, or what was executed has been abandoned. */
  drained(): Promise<void>
  /** Aborts what is executed and hands it back. */
  abandon(): Promise<void>
}

/** One end of an engine: waits for current runs, until somebody is in a hurry. */
export type Ending = ReturnType<typeof beginEnding>

/** How much longer than its deadline an ending may wait for the database and for plugins. */
const GRACE_MS = 1_000

export function beginEnding(scheduler: Scheduler, parts: readonly Endable[]) {
  const late = Promise.withResolvers<void>()
  const timers: CancelTimer[] = []
  for (const part of parts) part.close()

  return {
    /** Waits for work, unless the deadline and its grace pass first. */
    unlessLate: (work: Promise<unknown>) => Promise.race([work, late.promise]),

    /** From `timeoutMs` on, runs are handed back instead of waited for. */
    hurry(timeoutMs: number) {
      timers.push(
        scheduler.after(timeoutMs, () => {
          timers.push(scheduler.after(GRACE_MS, late.resolve))
          for (const part of parts) void part.abandon()
        }),
      )
    },

    dispose() {
      for (const cancel of timers) cancel()
    },
  }
}
