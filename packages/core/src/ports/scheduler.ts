/** Takes a planned call back. Calling it twice, or after the call was made, does nothing. */
export type CancelTimer = () => void

/** How core waits. One implementation per host, so that the same engine runs under virtual time in tests. */
export interface Scheduler {
  /**
   * Calls `run` once, `delayMs` from now. Any delay is accepted, however long; zero and below mean the next macrotask.
   * The timer keeps the process alive unless `background` is true.
   */
  after(delayMs: number, run: () => void, options?: { readonly background?: boolean }): CancelTimer
  /** Calls `run` in the next macrotask, after everything that is ready now has had its turn. */
  soon(run: () => void): void
}
