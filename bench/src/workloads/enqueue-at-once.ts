import { join } from 'node:path'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Workload } from '../trial.ts'
import { recordSteps, withSteps } from './job.ts'

const AT_ONCE = 100

/** A hundred callers who trigger a run in the same turn of the event loop, as requests of a busy server do. */
export const enqueueAtOnce: Workload = {
  name: 'enqueue-at-once',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 20_000 },
        { role: 'raw', system: 'raw', size: 3000 },
        { role: 'peer', system: 'coji-durably', size: 600 },
        { role: 'other', system: 'openworkflow', size: 600 },
      ],
      rows: [
        {
          title: '100 enqueues at once (raw: one by one)',
          figure: 'runsPerSecond',
          unit: 'runs/s',
          bars: [
            { against: 'peer', atLeast: 10 },
            { against: 'raw', atLeast: 5 },
          ],
        },
      ],
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const engine = await system.open({
      path,
      durability: task.durability,
      concurrency: 1,
      handler: recordSteps,
    })
    const burst = () => Promise.all(Array.from({ length: AT_ONCE }, () => engine.trigger(withSteps(1))))
    const bursts = Math.ceil(task.size / AT_ONCE)
    const warmUp = Math.ceil(bursts / 10)
    for (let index = 0; index < warmUp; index += 1) await burst()
    const startedAt = performance.now()
    for (let index = 0; index < bursts; index += 1) await burst()
    const seconds = (performance.now() - startedAt) / 1000
    await engine.stop()
    checkWork(EMPTY, system.tally(path), { pending: (warmUp + bursts) * AT_ONCE, completed: 0, steps: 0 })
    return { runsPerSecond: (bursts * AT_ONCE) / seconds }
  },

  raw(system, task) {
    const store = system.open(join(task.directory, 'bench.db'), task.durability)
    const startedAt = performance.now()
    for (let index = 0; index < task.size; index += 1) store.enqueue(1)
    const seconds = (performance.now() - startedAt) / 1000
    checkWork(EMPTY, store.tally(), { pending: task.size, completed: 0, steps: 0 })
    return { runsPerSecond: task.size / seconds }
  },
}
