import { DurablyError } from '../errors.ts'
import { isNumber, optionError, requireCount } from '../options.ts'
import type { Resign } from '../ports/coordination.ts'
import type { Dispatcher } from './dispatcher.ts'
import { beginEnding, type Endable, type Ending, type StopOptions } from './ending.ts'
import type { EnginePorts } from './engine-ports.ts'
import { type ProcessOptions, type ProcessResult, runPass } from './process.ts'
import { startWorker, type Worker } from './worker.ts'

/** Takes work out of the storage. */
export type Engine = ReturnType<typeof createEngine>

/**
 * One worker from `start` to `stop`, and passes for hosts that may not poll.
 *
 * @param expire deletes one bounded piece of expired runs; answers whether there may be more
 */
export function createEngine(ports: EnginePorts, expire: () => Promise<boolean>) {
  const { storage, clock, scheduler, bus, settings, coordination, ready, setUp, tearDown } = ports
  const passes = new Set<Dispatcher>()
  // Idle, then campaigning from `start` on (`resign`), while it leads with a worker, then ending.
  let resign: Resign | null = null
  let worker: Worker | null = null
  let ending: Ending | null = null
  let ended: Promise<void> | undefined
  /** `start` was called while it was ending. */
  let startAgain = false

  const start = () => {
    startAgain = ending !== null
    if (ending || resign) return
    setUp()
    bus.publish('worker:start', () => ({}))
    resign = coordination.campaign({
      staleThresholdMs: settings.staleThreshold,
      begin(exclusive) {
        if (ending) return
        // While a pass executes runs, not every lease has ended.
        worker = startWorker(ports, exclusive && passes.size === 0, expire, () => void stop())
      },
      end() {
        worker?.depose()
        worker = null
      },
    })
  }

  const end = async (current: Ending, parts: readonly Endable[]) => {
    await current.unlessLate(Promise.all(parts.map((part) => part.drained())))
    worker?.dispose()
    worker = null
    const led = resign
    resign?.()
    resign = null
    await current.unlessLate(tearDown())
    current.dispose()
    ending = null
    if (led) bus.publish('worker:stop', () => ({}))
    if (startAgain) start()
  }

  /** Without a timeout it waits for current runs as long as they take; a later call may be in more of a hurry. */
  const stop = async ({ timeout }: StopOptions = {}) => {
    if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0))
      throw optionError('timeout', 'zero or more milliseconds', timeout)
    startAgain = false
    if (!ending) {
      const parts = worker ? [worker, ...passes] : [...passes]
      ending = beginEnding(scheduler, parts)
      ended = end(ending, parts)
    }
    if (timeout !== undefined) ending.hurry(timeout)
    await ended
  }

  /** @param maxRuns how many runs may be taken in all; asked at each claim */
  const pass = async (maxRuns: () => number) => {
    setUp()
    await ready()
    // Whoever owns the database alone and executes nothing has lost the leases that are left.
    const exclusive = storage.capabilities.exclusive && resign === null && passes.size === 0
    return runPass(ports, passes, exclusive, maxRuns)
  }

  return {
    start,
    stop,

    /** There may be work now (null), or there is work at that time. */
    nudge(dueAt: number | null) {
      worker?.nudge(dueAt)
      if (dueAt === null) for (const dispatcher of passes) dispatcher.request()
    },

    /** A run this instance may be executing was cancelled. */
    interrupt(runId: string) {
      const reason = new DurablyError('RUN_CANCELLED', `Run ${runId} was cancelled.`, { details: { runId } })
      worker?.interrupt(runId, reason)
      for (const dispatcher of passes) dispatcher.interrupt(runId, reason)
    },

    pass,

    async processUntilIdle({ maxRuns, deadline }: ProcessOptions = {}): Promise<ProcessResult> {
      if (maxRuns !== undefined) requireCount('maxRuns', maxRuns)
      if (deadline !== undefined && !isNumber(deadline))
        throw optionError('deadline', 'a time in milliseconds', deadline)
      const { taken, nextDueAt } = await pass(() =>
        deadline !== undefined && clock.now() >= deadline ? 0 : (maxRuns ?? Infinity),
      )
      return { processed: taken.length, nextDueAt }
    },
  }
}
