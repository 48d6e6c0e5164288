import { join } from 'node:path'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Bar, Row, Workload } from '../trial.ts'
import { recordSteps, withSteps } from './job.ts'

/** A caller who triggers a run, waits for the acknowledgement, and triggers the next. */
export const enqueue: Workload = {
  name: 'enqueue',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 3000 },
        { role: 'raw', system: 'raw', size: 3000 },
        { role: 'peer', system: 'coji-durably', size: 600 },
        { role: 'other', system: 'openworkflow', size: 600 },
      ],
      rows: rows([
        { against: 'peer', atLeast: 2 },
        { against: 'raw', atLeast: 0.9 },
      ]),
    },
    {
      durability: 'process',
      entrants: [
        { role: 'durably', system: 'durably', size: 15_000 },
        { role: 'raw', system: 'raw', size: 30_000 },
        { role: 'peer', system: 'coji-durably', size: 1500 },
        { role: 'other', system: 'openworkflow', size: 1500 },
      ],
      rows: rows([
        { against: 'peer', atLeast: 5 },
        { against: 'raw', atLeast: 0.65 },
      ]),
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const warmUp = Math.ceil(task.size / 10)
    const engine = await system.open({
      path,
      durability: task.durability,
      concurrency: 1,
      handler: recordSteps,
    })
    for (let index = 0; index < warmUp; index += 1) await engine.trigger(withSteps(1))
    const startedAt = performance.now()
    for (let index = 0; index < task.size; index += 1) await engine.trigger(withSteps(1))
    const seconds = (performance.now() - startedAt) / 1000
    await engine.stop()
    checkWork(EMPTY, system.tally(path), { pending: warmUp + task.size, completed: 0, steps: 0 })
    return { runsPerSecond: task.size / seconds }
  },

  raw(system, task) {
    const store = system.open(join(task.directory, 'bench.db'), task.durability)
    const warmUp = Math.ceil(task.size / 10)
    for (let index = 0; index < warmUp; index += 1) store.enqueue(1)
    const startedAt = performance.now()
    for (let index = 0; index < task.size; index += 1) store.enqueue(1)
    const seconds = (performance.now() - startedAt) / 1000
    checkWork(EMPTY, store.tally(), { pending: warmUp + task.size, completed: 0, steps: 0 })
    return { runsPerSecond: task.size / seconds }
  },
}

function rows(bars: readonly Bar[]): readonly Row[] {
  return [{ title: 'enqueue one by one', figure: 'runsPerSecond', unit: 'runs/s', bars }]
}
