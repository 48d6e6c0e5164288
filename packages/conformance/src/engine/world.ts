import {
  createDurably,
  type Durably,
  type DurablyEvent,
  type Jobs,
  type NoJobs,
  type Plugin,
  type Scheduler,
  type SettingsOptions,
  type Storage,
} from '@durably/core'
import { type RecordedEvents, recordEvents, type VirtualTime, virtualTime } from '@durably/core/testing'
import type { CreateStorage } from '../storage/storage-case.ts'
import { ProcessStorage } from './process-storage.ts'

/** How a process is configured. */
export interface ProcessOptions<J extends Jobs> extends SettingsOptions {
  readonly jobs?: J
  readonly plugins?: readonly Plugin[]
  /** Create the tables? Default: true. */
  readonly migrate?: boolean
}

/** One instance, as if it were alone in its process. */
export interface Process<J extends Jobs> {
  readonly durably: Durably<J>
  readonly jobs: Durably<J>['jobs']
  /** Everything it published so far. */
  readonly events: RecordedEvents<DurablyEvent<J>>
  /** What its `onError` was told. */
  readonly errors: unknown[]
  readonly storage: ProcessStorage
  /** How many of its timers would keep a process alive. */
  readonly timers: number
  /** The process is gone: no call, no answer, no timer passes any more. */
  crash(): void
}

/** Virtual time, one database, and the processes that share it. */
export interface World {
  readonly time: VirtualTime
  /** The database without an instance around it. */
  readonly storage: Storage
  /** Starts a process. Its worker is not started. */
  boot<J extends Jobs = NoJobs>(options?: ProcessOptions<J>): Promise<Process<J>>
}

/** Makes a world for one case and takes it down afterwards. */
export async function withWorld(create: CreateStorage, body: (world: World) => Promise<void>): Promise<void> {
  const time = virtualTime()
  const subject = await create()
  const storage = time.wrap(subject.storage)
  const opened = [storage]
  const processes: Process<Jobs>[] = []

  /** The first process shares the storage the world looks through; later ones get their own where there can be several. */
  async function open(): Promise<Storage> {
    if (processes.length === 0 || !subject.openAgain) return storage
    const another = time.wrap(await subject.openAgain())
    opened.push(another)
    return another
  }

  async function boot<J extends Jobs = NoJobs>(options: ProcessOptions<J> = {}): Promise<Process<J>> {
    const { migrate = true, ...settings } = options
    const link = new ProcessStorage(await open())
    const timers = new ProcessTimers(time.scheduler)
    const errors: unknown[] = []
    const durably = createDurably<J>({
      ...settings,
      storage: link.port,
      clock: time.clock,
      scheduler: timers,
      random: time.random,
      onError: (error: unknown) => errors.push(error),
    })
    const process: Process<J> = {
      durably,
      jobs: durably.jobs,
      events: recordEvents<DurablyEvent<J>>(durably),
      errors,
      storage: link,
      get timers() {
        return timers.foreground
      },
      crash: () => {
        link.cut()
        timers.cut()
      },
    }
    processes.push(process as unknown as Process<Jobs>)
    if (migrate) await durably.migrate()
    link.forget()
    return process
  }

  try {
    await body({ time, storage, boot })
  } finally {
    for (const process of processes) process.crash()
    await time.settle()
    for (const one of opened.toReversed()) await one.close()
    await subject.dispose?.()
  }
}

/** The timers of one process: they end with it. */
class ProcessTimers implements Scheduler {
  readonly #shared: Scheduler
  readonly #planned = new Set<{ readonly background: boolean }>()
  #isCut = false

  constructor(shared: Scheduler) {
    this.#shared = shared
  }

  get foreground(): number {
    return [...this.#planned].filter((timer) => !timer.background).length
  }

  cut(): void {
    this.#isCut = true
  }

  after(delayMs: number, run: () => void, options?: { readonly background?: boolean }): () => void {
    const timer = { background: options?.background ?? false }
    this.#planned.add(timer)
    const cancel = this.#shared.after(
      delayMs,
      () => {
        this.#planned.delete(timer)
        if (!this.#isCut) run()
      },
      options,
    )
    return () => {
      this.#planned.delete(timer)
      cancel()
    }
  }

  soon(run: () => void): void {
    this.#shared.soon(() => {
      if (!this.#isCut) run()
    })
  }
}
