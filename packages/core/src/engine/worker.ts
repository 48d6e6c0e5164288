import type { DurablyError } from '../errors.ts'
import { isDurablyError } from '../errors.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import type { StopWatching } from '../ports/storage.ts'
import { Dispatcher } from './dispatcher.ts'
import { DueTimer } from './due-timer.ts'
import { type EnginePorts, isFatal } from './engine-ports.ts'

/** What a worker needs beside the engine's ports. */
export interface WorkerHooks {
  /** Deletes one bounded piece of expired runs; answers whether there may be more. Null: nothing expires. */
  readonly expire: (() => Promise<boolean>) | null
  /** The worker gave up by itself. */
  readonly onGaveUp: () => void
}

const EXPIRE_INTERVAL_MS = 60_000
const EXPIRE_PAUSE_MS = 50

/** The loop around a dispatcher: when to look for work. One object from `start` to `stop`. */
export class Worker {
  readonly #ports: EnginePorts
  readonly #hooks: WorkerHooks
  readonly #dispatcher: Dispatcher
  readonly #due: DueTimer
  readonly #timers = new Map<string, CancelTimer>()
  #stopWatching: StopWatching | null = null
  #open = true

  constructor(ports: EnginePorts, hooks: WorkerHooks) {
    this.#ports = ports
    this.#hooks = hooks
    this.#dispatcher = new Dispatcher(ports, {
      allowance: () => Number.POSITIVE_INFINITY,
      onTrouble: (error) => this.#onTrouble(error),
      onTaken: () => {},
    })
    this.#due = new DueTimer(ports, () => this.#dispatcher.request())
  }

  /** @param exclusive every lease counts as ended: whoever held it has lost the database */
  start(exclusive: boolean): void {
    void this.#dispatcher.recover(exclusive)
    this.#look()
    this.#planPoll()
    if (this.#hooks.expire) this.#planExpiry(this.#hooks.expire, EXPIRE_INTERVAL_MS * this.#ports.random())
    this.#stopWatching = this.#ports.storage.watch?.(() => this.#look()) ?? null
  }

  /** There may be work: look at once. With a time: there is work then. */
  nudge(dueAt: number | null): void {
    if (dueAt === null) this.#dispatcher.request()
    else this.#due.plan(dueAt)
  }

  interrupt(runId: string, reason: DurablyError): void {
    this.#dispatcher.interrupt(runId, reason)
  }

  /** Looks for no more work. Runs in progress go on, their leases are kept. */
  close(): void {
    this.#open = false
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    this.#due.close()
    this.#stopWatching?.()
    this.#stopWatching = null
    this.#dispatcher.close()
  }

  drained(): Promise<void> {
    return this.#dispatcher.drained()
  }

  abandon(): Promise<void> {
    return this.#dispatcher.abandon()
  }

  /** The database is lost to another owner: what is executed is interrupted, and nothing is written any more. */
  depose(): void {
    this.dispose()
    this.#dispatcher.depose()
  }

  dispose(): void {
    this.close()
    this.#dispatcher.dispose()
  }

  #look(): void {
    this.#dispatcher.request()
    void this.#due.ask()
  }

  #planPoll(): void {
    // Jitter keeps many processes on one file from asking in step.
    const delayMs = this.#ports.settings.pollingInterval * (0.9 + 0.1 * this.#ports.random())
    this.#after('poll', delayMs, () => {
      this.#planPoll()
      this.#look()
    })
  }

  #planExpiry(expire: () => Promise<boolean>, delayMs: number): void {
    this.#after('expire', delayMs, () => {
      expire().then(
        (more) => this.#planExpiry(expire, more ? EXPIRE_PAUSE_MS : EXPIRE_INTERVAL_MS),
        (error: unknown) => {
          this.#ports.bus.publish('worker:error', () => ({ error }))
          this.#planExpiry(expire, EXPIRE_INTERVAL_MS)
        },
      )
    })
  }

  #after(name: string, delayMs: number, run: () => void): void {
    if (this.#open) this.#timers.set(name, this.#ports.scheduler.after(delayMs, run))
  }

  #onTrouble(error: unknown): boolean {
    this.#ports.bus.publish('worker:error', () => ({ error }))
    if (isDurablyError(error) && !isFatal(error)) return true
    this.#ports.report(error, 'the worker, which has stopped')
    this.#hooks.onGaveUp()
    return false
  }
}
