import { join } from 'node:path'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Figures, Workload } from '../trial.ts'
import { recordSteps, store } from './job.ts'

/** How many of the pending runs are executed: enough for the worker to be in full swing. */
const EXECUTED = 100

/** Stores a large backlog, begins to execute it, and reads how much memory the process ever held. The size is the number of runs. */
export const peakMemory: Workload = {
  name: 'peak-memory',
  trials: [
    {
      durability: 'process',
      entrants: [
        { role: 'durably', system: 'durably', size: 100_000, concurrency: 32 },
        { role: 'raw', system: 'raw-by-32', size: 100_000 },
        // Half a minute each time, and never more than a few megabytes apart.
        { role: 'peer', system: 'coji-durably', size: 100_000, concurrency: 1, maxRounds: 1 },
      ],
      rows: [
        {
          title: '100,000 pending, peak memory',
          figure: 'peakMegabytes',
          unit: 'MB',
          bars: [
            { against: 'peer', atMost: 1 / 12 },
            { against: 'raw', atMost: 1.5 },
          ],
        },
      ],
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const { durability, concurrency = 1 } = task
    const engine = await system.open({ path, durability, concurrency, handler: recordSteps })
    await store(engine, task.size)
    const completed = engine.completions.reached(EXECUTED)
    engine.start()
    await completed
    await engine.stop()
    const figures = peak()
    const after = system.tally(path)
    const executed = Math.max(EXECUTED, after.completed)
    checkWork(EMPTY, after, { pending: task.size - executed, completed: executed, steps: executed })
    return figures
  },

  raw(system, task) {
    const raw = system.open(join(task.directory, 'bench.db'), task.durability)
    for (let stored = 0; stored < task.size; stored += 1000) raw.enqueue(Math.min(1000, task.size - stored))
    for (let executed = 0; executed < EXECUTED; executed += system.group) {
      const ids = raw.claim(system.group)
      raw.recordSteps(ids.map((runId) => ({ runId, name: 'step-0' })))
      raw.complete(ids)
    }
    const figures = peak()
    const { completed } = raw.tally()
    checkWork(EMPTY, raw.tally(), { pending: task.size - completed, completed, steps: completed })
    return figures
  },
}

function peak(): Figures {
  return { peakMegabytes: process.resourceUsage().maxRSS / 1024 }
}
