import type { DurablyError } from '../errors.ts'
import { optionError, requireCount } from '../options.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import type { Dispatcher } from './dispatcher.ts'
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

/** How much longer than its deadline `stop` may wait for the database and for plugins. */
const STOP_GRACE_MS = 1_000

/** Takes work out of the storage: one worker from `start` to `stop`, and passes for hosts that may not poll. */
export class Engine {
  readonly #ports: EnginePorts
  readonly #hooks: EngineHooks
  readonly #passes = new Set<Dispatcher>()
  #worker: Worker | null = null
  #stopping: Promise<void> | null = null
  #startAgain = false
  #exclusive: boolean

  constructor(ports: EnginePorts, hooks: EngineHooks) {
    this.#ports = ports
    this.#hooks = hooks
    this.#exclusive = ports.storage.capabilities.exclusive
  }

  start(): void {
    if (this.#stopping !== null) {
      this.#startAgain = true
      return
    }
    if (this.#worker) return
    this.#hooks.setUp()
    this.#worker = new Worker(this.#ports, {
      expire: this.#hooks.expire,
      takeExclusive: () => this.#takeExclusive(),
      onGaveUp: () => void this.stop(null),
    })
    this.#ports.bus.publish('worker:start', () => ({}))
    this.#worker.start()
  }

  /** @param timeoutMs null: waits for current runs as long as they take */
  stop(timeoutMs: number | null): Promise<void> {
    this.#startAgain = false
    if (this.#stopping !== null) {
      // A later call may be in more of a hurry than the first.
      return timeoutMs === null ? this.#stopping : Promise.race([this.#stopping, this.#end(timeoutMs)])
    }
    this.#stopping = this.#end(timeoutMs).finally(() => {
      this.#stopping = null
      if (this.#startAgain) {
        this.#startAgain = false
        this.start()
      }
    })
    return this.#stopping
  }

  /** There may be work now (null), or there is work at that time. */
  nudge(dueAt: number | null): void {
    this.#worker?.nudge(dueAt)
  }

  /** A run this instance may be executing was taken away. */
  interrupt(runId: string, reason: DurablyError): void {
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
    const pass = new ProcessPass(this.#ports, allowance)
    this.#passes.add(pass.dispatcher)
    try {
      return { taken: pass.taken, result: await pass.run(this.#takeExclusive()) }
    } finally {
      this.#passes.delete(pass.dispatcher)
    }
  }

  /** Only the first take-over of an instance may count every other lease as ended: later ones would be its own. */
  #takeExclusive(): boolean {
    const exclusive = this.#exclusive
    this.#exclusive = false
    return exclusive
  }

  async #end(timeoutMs: number | null): Promise<void> {
    const worker = this.#worker
    const passes = [...this.#passes]
    worker?.close()
    for (const pass of passes) pass.close()
    const drained = Promise.all([worker?.drained(), ...passes.map((pass) => pass.drained())])
    if (!(await this.#within(drained, timeoutMs))) {
      const handedBack = Promise.all([worker?.abandon(), ...passes.map((pass) => pass.abandon())])
      await this.#within(handedBack, STOP_GRACE_MS)
    }
    if (this.#worker !== worker) return
    this.#worker = null
    worker?.dispose()
    for (const pass of passes) pass.dispose()
    await this.#within(this.#hooks.tearDown(), timeoutMs === null ? null : STOP_GRACE_MS)
    if (worker) this.#ports.bus.publish('worker:stop', () => ({}))
  }

  /** Waits for work, but no longer than this; answers whether it ended. */
  async #within(work: Promise<unknown>, limitMs: number | null): Promise<boolean> {
    if (limitMs === null) {
      await work
      return true
    }
    let cancel: CancelTimer = () => {}
    const late = new Promise<boolean>((resolve) => {
      cancel = this.#ports.scheduler.after(limitMs, () => resolve(false))
    })
    const ended = work.then(() => true)
    ended.catch(() => {})
    try {
      return await Promise.race([ended, late])
    } finally {
      cancel()
    }
  }
}
