import { setImmediate } from 'node:timers/promises'
import type { EngineSystem, Tally } from '@durably/bench-peers/engine'
import { LoopWatch } from '../loop-watch.ts'
import type { RawSystem } from '../systems/raw-system.ts'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Figures, Settings, Task } from '../trial.ts'
import { recordSteps, store } from './job.ts'

/** What is drained, and from where. */
export interface Drain {
  readonly path: string
  /** What the file holds before. */
  readonly before: Tally
  /** How many one-step runs. */
  readonly runs: number
}

/** Stores one-step runs, starts a worker, and times it until their last completion is stored. */
export async function drainRuns(
  system: EngineSystem,
  { path, before, runs }: Drain,
  { durability, concurrency = 1, pollingIntervalMs }: Pick<Task, 'durability'> & Omit<Settings, 'size'>,
): Promise<Figures> {
  let enough = false
  const engine = await system.open({
    path,
    durability,
    concurrency,
    pollingIntervalMs,
    async handler(runStep, input, runId) {
      // A worker made of microtasks only would go on with the rest of the backlog and never let a timer fire again.
      if (enough) await setImmediate()
      return recordSteps(runStep, input, runId)
    },
  })
  await store(engine, runs)
  const completed = engine.completions.reached(runs)
  const loop = new LoopWatch()
  const startedAt = performance.now()
  engine.start()
  const seconds = ((await completed) - startedAt) / 1000
  enough = true
  const loopBlockedMs = loop.end()
  await engine.stop()

  const after = system.tally(path)
  // Other runs that were pending may have been completed too before the worker stopped.
  const surplus = before.pending - after.pending
  checkWork(before, after, { completed: runs + surplus, steps: runs + surplus, pending: -surplus })
  return { runsPerSecond: runs / seconds, loopBlockedMs }
}

/** The same with raw statements: claims, steps and completions in turn, each kind grouped in one commit. */
export function drainRaw(
  system: RawSystem,
  { path, runs }: Omit<Drain, 'before'>,
  task: Pick<Task, 'durability'>,
): Figures {
  const raw = system.open(path, task.durability)
  raw.enqueue(runs)
  const startedAt = performance.now()
  for (;;) {
    const ids = raw.claim(system.group)
    if (ids.length === 0) break
    raw.recordSteps(ids.map((runId) => ({ runId, name: 'step-0' })))
    raw.complete(ids)
  }
  const seconds = (performance.now() - startedAt) / 1000
  checkWork(EMPTY, raw.tally(), { completed: runs, steps: runs })
  raw.close()
  return { runsPerSecond: runs / seconds }
}
