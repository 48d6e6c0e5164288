import { DurablyError } from '../errors.ts'
import { optionError, requireCount } from '../options.ts'
import type { Resign } from '../ports/coordination.ts'
import type { Dispatcher } from './dispatcher.ts'
import { beginEnding, type Ending, type StopOptions } from './ending.ts'
import type { EnginePorts } from './engine-ports.ts'
import { createPass, type ProcessOptions, type ProcessResult } from './process.ts'
import { startWorker, type Worker } from './worker.ts'

/** What the engine needs beside its ports. */
export interface EngineHooks {
  /** Deletes one bounded piece of expired runs; answers whether there may be more. */
  readonly expire: () => Promise<boolean>
  /** Sets plugins up again that were torn down. */
  readonly setUp: () => void
  /** Called at the end of `stop`, when nothing is executed any more. */
  readonly tearDown: () => Promise<void>
}

/** Takes work out of the storage. */
export type Engine = ReturnType<typeof createEngine>

/** One worker from `start` to `stop`, and passes for hosts that may not poll. */
export function createEngine(ports: EnginePorts, { expire, setUp, tearDown }: EngineHooks) {
  const { storage, clock, scheduler, bus, settings, campaign, ready } = ports
  const passes = new Set<Dispatcher>()
  let worker: Worker | null = null
  let ending: Ending | null = null
  let stopping: Promise<void> | null = null
  let startAgain = false
  /** Set from `start` to `stop`. */
  let resign: Resign | null = null

  const start = () => {
    startAgain = stopping !== null
    if (stopping !== null || resign !== null) return
    setUp()
    bus.publish('worker:start', () => ({}))
    resign = campaign({
      staleThresholdMs: settings.staleThreshold,
      begin(exclusive) {
        worker = startWorker(ports, exclusive, expire, () => void stop())
      },
      end() {
        worker?.depose()
        worker = null
      },
    })
  }

  const end = async (current: Ending) => {
    await current.drained()
    worker?.dispose()
    worker = null
    const led = resign
    resign?.()
    resign = null
    await current.unlessLate(tearDown())
    current.dispose()
    ending = null
    stopping = null
    if (led !== null) bus.publish('worker:stop', () => ({}))
    if (startAgain) start()
  }

  /** Without a timeout it waits for current runs as long as they take; a later call may be in more of a hurry. */
  const stop = async ({ timeout }: StopOptions = {}) => {
    if (timeout !== undefined && !(timeout >= 0))
      throw optionError('timeout', 'zero or more milliseconds', timeout)
    startAgain = false
    ending ??= beginEnding(scheduler, worker ? [worker, ...passes] : [...passes])
    if (timeout !== undefined) ending.hurry(timeout)
    stopping ??= end(ending)
    await stopping
  }

  const runPass = async (maxRuns: () => number) => {
    setUp()
    await ready()
    const alone = resign === null && passes.size === 0
    const pass = createPass(ports, maxRuns)
    passes.add(pass.dispatcher)
    try {
      // Whoever owns the database alone and executes nothing has lost the leases that are left.
      return await pass.run(alone && storage.capabilities.exclusive)
    } finally {
      passes.delete(pass.dispatcher)
    }
  }

  return {
    start,
    stop,

    /** There may be work now (null), or there is work at that time. */
    nudge: (dueAt: number | null) => worker?.nudge(dueAt),

    /** A run this instance may be executing was cancelled. */
    interrupt(runId: string) {
      const reason = new DurablyError('RUN_CANCELLED', `Run ${runId} was cancelled.`, { details: { runId } })
      worker?.interrupt(runId, reason)
      for (const pass of passes) pass.interrupt(runId, reason)
    },

    /** Executes one due run; answers its id, or undefined when nothing is due. */
    async processOne() {
      const { taken } = await runPass(() => 1)
      return taken[0]
    },

    async processUntilIdle({ maxRuns, deadline }: ProcessOptions = {}): Promise<ProcessResult> {
      if (maxRuns !== undefined) requireCount('maxRuns', maxRuns)
      if (deadline !== undefined && !Number.isFinite(deadline))
        throw optionError('deadline', 'a time in milliseconds', deadline)
      const { taken, nextDueAt } = await runPass(() =>
        deadline !== undefined && clock.now() >= deadline ? 0 : (maxRuns ?? Infinity),
      )
      return { processed: taken.length, nextDueAt }
    },
  }
}
