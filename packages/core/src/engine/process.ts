import { toIso } from '../run/iso-time.ts'
import { Dispatcher } from './dispatcher.ts'
import type { EnginePorts } from './engine-ports.ts'

/** When `processUntilIdle` stops claiming. */
export interface ProcessOptions {
  /** At most this many runs. Default: as many as are due. */
  readonly maxRuns?: number | undefined
  /** Wall time in milliseconds since the epoch after which nothing more is claimed. Runs begun before it finish. */
  readonly deadline?: number | undefined
}

/** What `processUntilIdle` did. */
export interface ProcessResult {
  readonly processed: number
  /** When the next delayed or sleeping run is due, ISO 8601; null: none is waiting for a time. */
  readonly nextDueAt: string | null
}

/** One pass over what is due, without polling: takes, executes, wakes, until nothing is left or allowed. */
export class ProcessPass {
  readonly #ports: EnginePorts
  readonly #allowance: () => number
  readonly dispatcher: Dispatcher
  readonly taken: string[] = []
  #failure: { readonly error: unknown } | null = null

  /** @param allowance how many runs the pass may take in all; asked at each claim */
  constructor(ports: EnginePorts, allowance: () => number) {
    this.#ports = ports
    this.#allowance = allowance
    this.dispatcher = new Dispatcher(ports, {
      allowance,
      onTrouble: (error) => {
        this.#failure = { error }
        return false
      },
      onTaken: (runId) => this.taken.push(runId),
    })
  }

  /** Resolves when the pass is over. Rejects with what the storage answered when runs could not be claimed. */
  async run(exclusive: boolean): Promise<ProcessResult> {
    const { storage, registry, clock } = this.#ports
    try {
      await this.dispatcher.recover(exclusive)
      for (;;) {
        const dueAt = await storage.nextDue(registry.names)
        const due = dueAt !== null && dueAt <= clock.now()
        const woken = due ? storage.wake(registry.names, clock.now()) : null
        this.dispatcher.request()
        await woken
        await this.dispatcher.drained()
        if (this.#failure) throw this.#failure.error
        const mayGoOn = this.dispatcher.open && this.taken.length < this.#allowance()
        if (!due || !mayGoOn)
          return { processed: this.taken.length, nextDueAt: dueAt === null ? null : toIso(dueAt) }
      }
    } finally {
      await this.dispatcher.drained()
      this.dispatcher.dispose()
    }
  }
}
