import { type AbortSignalLike, type AbortSource, createAbort } from '../defaults/abort.ts'
import type { DurablyError } from '../errors.ts'
import type { Lease } from '../ports/storage.ts'
import type { RunRecord } from '../run/records.ts'
import { aboutRun, type RunAbout } from '../run/run.ts'

/**
 * One execution of a run: its lease, and whether it may go on. An attempt is interrupted from outside (cancelled, lease lost,
 * shutdown, storage lost) at most once; from then on it records nothing more and its handler's outcome does not count.
 */
export class Attempt implements Lease {
  readonly runId: string
  readonly generation: number
  /** What its events say of the run. */
  readonly about: RunAbout
  /** Monotonic time until which the lease is certainly held, counted from when its last renewal was sent. */
  leaseHeldUntil: number
  #interruption: DurablyError | null = null
  #abort: AbortSource | null = null
  #abortReason: unknown
  #aborted = false

  constructor(run: RunRecord, leaseHeldUntil: number) {
    this.runId = run.id
    this.generation = run.generation
    this.about = aboutRun(run)
    this.leaseHeldUntil = leaseHeldUntil
  }

  /** Why this attempt must not go on; null while it may. */
  get interruption(): DurablyError | null {
    return this.#interruption
  }

  /** Made on first use: most runs never look at it. */
  get signal(): AbortSignalLike {
    if (!this.#abort) {
      this.#abort = createAbort()
      if (this.#aborted) this.#abort.abort(this.#abortReason)
    }
    return this.#abort.signal
  }

  /** Answers the first reason there was. */
  interrupt(reason: DurablyError): DurablyError {
    this.#interruption ??= reason
    this.abort(reason)
    return this.#interruption
  }

  /** Aborts the signal only: steps that have begun may still be recorded. */
  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#abortReason = reason
    this.#abort?.abort(reason)
  }

  throwIfInterrupted(): void {
    if (this.#interruption) throw this.#interruption
  }
}
