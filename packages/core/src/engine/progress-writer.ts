import { isDurablyError } from '../errors.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import { type Progress, serializeProgress } from '../run/progress.ts'
import type { Attempt } from './attempt.ts'
import { type EnginePorts, publishError } from './engine-ports.ts'

const LONGEST_WAIT_MS = 100

/** Writes the newest progress of a run with its next commit, or after a moment when no commit comes. */
export class ProgressWriter {
  readonly #ports: EnginePorts
  readonly #attempt: Attempt
  #pending: string | null = null
  #cancelTimer: CancelTimer | null = null

  constructor(ports: EnginePorts, attempt: Attempt) {
    this.#ports = ports
    this.#attempt = attempt
  }

  set(progress: Progress): void {
    this.#pending = serializeProgress(progress)
    this.#cancelTimer ??= this.#ports.scheduler.after(LONGEST_WAIT_MS, () => this.flush())
  }

  /** Submits what is pending; called in the turn in which another write of the run is submitted, so both share a commit. */
  flush(): void {
    if (this.#pending === null) return
    this.#cancelTimer?.()
    if (!this.#attempt.interruption) void this.#write(this.#pending)
    this.#pending = this.#cancelTimer = null
  }

  async #write(text: string): Promise<void> {
    const { storage, clock, bus } = this.#ports
    try {
      await storage.recordProgress(this.#attempt, text, clock.now())
      bus.publish('run:progress', () => ({
        ...this.#attempt.about,
        progress: JSON.parse(text) as Progress,
      }))
    } catch (error) {
      if (isDurablyError(error, 'LEASE_LOST')) this.#attempt.interrupt(error)
      else {
        publishError(bus, error)
        // Goes with the next commit, unless there is newer progress by then.
        this.#pending ??= text
      }
    }
  }
}
