import { join } from 'node:path'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Workload } from '../trial.ts'
import { recordSteps, withSteps } from './job.ts'

/** One batch that is stored as a whole or not at all. */
export const enqueueBatch: Workload = {
  name: 'enqueue-batch',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 10_000 },
        { role: 'raw', system: 'raw', size: 10_000 },
        { role: 'peer', system: 'coji-durably', size: 10_000 },
      ],
      rows: [
        {
          title: 'atomic batch of 10,000',
          figure: 'runsPerSecond',
          unit: 'runs/s',
          bars: [
            { against: 'peer', atLeast: 15 },
            { against: 'raw', atLeast: 0.4 },
          ],
        },
      ],
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const warmUp = Math.ceil(task.size / 10)
    const batch = (runs: number) => Array.from({ length: runs }, () => withSteps(1))
    const engine = await system.open({
      path,
      durability: task.durability,
      concurrency: 1,
      handler: recordSteps,
    })
    await engine.triggerBatch(batch(warmUp))
    const inputs = batch(task.size)
    const startedAt = performance.now()
    await engine.triggerBatch(inputs)
    const seconds = (performance.now() - startedAt) / 1000
    await engine.stop()
    checkWork(EMPTY, system.tally(path), { pending: warmUp + task.size, completed: 0, steps: 0 })
    return { runsPerSecond: task.size / seconds }
  },

  raw(system, task) {
    const store = system.open(join(task.directory, 'bench.db'), task.durability)
    const warmUp = Math.ceil(task.size / 10)
    store.enqueue(warmUp)
    const startedAt = performance.now()
    store.enqueue(task.size)
    const seconds = (performance.now() - startedAt) / 1000
    checkWork(EMPTY, store.tally(), { pending: warmUp + task.size, completed: 0, steps: 0 })
    return { runsPerSecond: task.size / seconds }
  },
}
