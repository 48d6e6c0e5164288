import { DurablyError } from '../errors.ts'
import { optionError, requireCount } from '../options.ts'
import type { Resign } from '../ports/coordination.ts'
import type { Dispatcher } from './dispatcher.ts'
import { Ending } from './ending.ts'
import type { EnginePorts } from './engine-ports.ts'
import { type ProcessOptions, ProcessPass, type ProcessResult } from './process.ts'
import { Worker } from './worker.ts'

/** What the engine needs beside its ports. */
export interface EngineHooks {
  /** Deletes one bounded piece of expired runs; answers whether there may be more. Null: nothing expires. */
  readonly expire: (() => Promise<boolean>) | null
  /** Sets plugins up again that were torn down. */
  readonly setUp: () => void
  /** Called at the end of `stop`, when nothing is executed any more. */
  readonly tearDown: () => Promise<void>
}

/** Takes work out of the storage: one worker from `start` to `stop`, and passes for hosts that may not poll. */
export class Engine {
  readonly #ports: EnginePorts
  readonly #hooks: EngineHooks
  readonly #passes = new Set<Dispatcher>()
  #worker: Worker | null = null
  #ending: Ending | null = null
  #stopping: Promise<void> | null = null
  #startAgain = false
  /** Set from `start` to `stop`. */
  #resign: Resign | null = null

  constructor(ports: EnginePorts, hooks: EngineHooks) {
    this.#ports = ports
    this.#hooks = hooks
  }

  start(): void {
    if (this.#stopping !== null) {
      this.#startAgain = true
      return
    }
    if (this.#resign !== null) return
    this.#hooks.setUp()
    this.#ports.bus.publish('worker:start', () => ({}))
    this.#resign = this.#ports.coordination.campaign({
      staleThresholdMs: this.#ports.settings.staleThreshold,
      begin: (exclusive) => this.#lead(exclusive),
      end: () => this.#depose(),
    })
  }

  /** @param timeoutMs null: waits for current runs as long as they take; a later call may be in more of a hurry */
  stop(timeoutMs: number | null): Promise<void> {
    this.#startAgain = false
    this.#ending ??= new Ending(this.#ports.scheduler, [
      ...(this.#worker ? [this.#worker] : []),
      ...this.#passes,
    ])
    if (timeoutMs !== null) this.#ending.hurry(timeoutMs)
    this.#stopping ??= this.#end(this.#ending)
    return this.#stopping
  }

  /** There may be work now (null), or there is work at that time. */
  nudge(dueAt: number | null): void {
    this.#worker?.nudge(dueAt)
  }

  /** A run this instance may be executing was cancelled. */
  interrupt(runId: string): void {
    const reason = new DurablyError('RUN_CANCELLED', `Run ${runId} was cancelled.`, { details: { runId } })
    this.#worker?.interrupt(runId, reason)
    for (const pass of this.#passes) pass.interrupt(runId, reason)
  }

  /** Executes one due run; answers its id, or null when nothing is due. */
  async processOne(): Promise<string | null> {
    const { taken } = await this.#pass(() => 1)
    return taken[0] ?? null
  }

  async processUntilIdle(options: ProcessOptions): Promise<ProcessResult> {
    const { maxRuns, deadline } = options
    if (maxRuns !== undefined) requireCount('maxRuns', maxRuns)
    if (deadline !== undefined && !Number.isFinite(deadline))
      throw optionError('deadline', 'must be a time in milliseconds', deadline)
    const { clock } = this.#ports
    const { result } = await this.#pass(() =>
      deadline !== undefined && clock.now() >= deadline ? 0 : (maxRuns ?? Number.POSITIVE_INFINITY),
    )
    return result
  }

  async #pass(
    allowance: () => number,
  ): Promise<{ readonly taken: readonly string[]; readonly result: ProcessResult }> {
    this.#hooks.setUp()
    await this.#ports.ready()
    const alone = this.#resign === null && this.#passes.size === 0
    const pass = new ProcessPass(this.#ports, allowance)
    this.#passes.add(pass.dispatcher)
    try {
      // Whoever owns the database alone and executes nothing has lost the leases that are left.
      const result = await pass.run(alone && this.#ports.storage.capabilities.exclusive)
      return { taken: pass.taken, result }
    } finally {
      this.#passes.delete(pass.dispatcher)
    }
  }

  #lead(exclusive: boolean): void {
    this.#worker = new Worker(this.#ports, {
      expire: this.#hooks.expire,
      onGaveUp: () => void this.stop(null),
    })
    this.#worker.start(exclusive)
  }

  #depose(): void {
    this.#worker?.depose()
    this.#worker = null
  }

  async #end(ending: Ending): Promise<void> {
    const resign = this.#resign
    await ending.drained()
    this.#worker?.dispose()
    this.#worker = null
    resign?.()
    this.#resign = null
    await ending.unlessLate(this.#hooks.tearDown())
    ending.dispose()
    this.#ending = null
    this.#stopping = null
    if (resign !== null) this.#ports.bus.publish('worker:stop', () => ({}))
    if (!this.#startAgain) return
    this.#startAgain = false
    this.start()
  }
}
