import { CallLost } from './call-errors.ts'
import { PageWorker } from './page-worker.ts'
import type { TabDatabase } from './tab/tab-database.ts'
import { whenHidden } from './when-hidden.ts'
import type { DatabaseCall, DatabasePlace } from './worker/protocol.ts'
import type { WorkerScheduler } from './worker-scheduler.ts'

/** What a database in a worker is made of. */
export interface WorkerDatabaseOptions {
  readonly makeWorker: () => Worker
  readonly scheduler: WorkerScheduler
  /** Null: the worker keeps time only. */
  readonly place: DatabasePlace | null
}

/** How long a worker may take to let go of the file before it is ended. */
const CLOSE_BUDGET_MS = 5000

/** The tab's worker, with the database in it while the tab leads. A worker that is lost is replaced at the next use. */
export class WorkerDatabase implements TabDatabase {
  readonly #options: WorkerDatabaseOptions
  #worker: PageWorker | null = null
  #onLost: ((reason: Error) => void) | null = null
  #stopKeepingTime: (() => void) | null = null

  constructor(options: WorkerDatabaseOptions) {
    this.#options = options
  }

  /** The worker itself, for sqlocal's client. */
  get worker(): Worker | null {
    return this.#worker?.worker ?? null
  }

  keepTime(): void {
    this.#stopKeepingTime ??= whenHidden(() => this.#start())
  }

  #start(): PageWorker {
    if (this.#worker !== null) return this.#worker
    const { makeWorker, scheduler } = this.#options
    const worker = new PageWorker(makeWorker, {
      ring: () => scheduler.ring(),
      lost: (reason) => {
        this.#worker = null
        scheduler.use(null)
        this.#onLost?.(reason)
      },
    })
    this.#worker = worker
    scheduler.use((delayMs) => worker.setAlarm(delayMs))
    return worker
  }

  async open(tab: string, onLost: (reason: Error) => void): Promise<void> {
    const { place } = this.#options
    if (place === null) return
    this.#onLost = null
    await this.#start().open(place, tab)
    this.#onLost = onLost
  }

  async call(call: DatabaseCall): Promise<unknown> {
    if (this.#worker === null) throw new CallLost('The database is not open.')
    return this.#worker.call(call)
  }

  abandon(reason: string): void {
    const worker = this.#worker
    this.#worker = null
    this.#onLost = null
    this.#stopKeepingTime?.()
    this.#stopKeepingTime = null
    this.#options.scheduler.use(null)
    worker?.terminate(reason)
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === null) return this.abandon('The storage was closed.')
    const { scheduler } = this.#options
    const late = new Promise<void>((resolve) => scheduler.after(CLOSE_BUDGET_MS, resolve))
    // Failing to close in order costs a recovery at the next opening, no data.
    await Promise.race([worker.close().catch(() => {}), late])
    this.abandon('The storage was closed.')
  }
}
