import { join } from 'node:path'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Bar, Row, Workload } from '../trial.ts'
import { recordSteps, withSteps } from './job.ts'

/** One run whose steps wait for each other: each is recorded before the next begins. */
export const sequentialSteps: Workload = {
  name: 'sequential-steps',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 3000 },
        { role: 'raw', system: 'raw', size: 3000 },
        { role: 'peer', system: 'coji-durably', size: 800 },
        // It ends a run at 1,000 steps.
        { role: 'other', system: 'openworkflow', size: 800 },
      ],
      rows: rows([
        { against: 'peer', atLeast: 2.5 },
        { against: 'raw', atLeast: 0.9 },
      ]),
    },
    {
      durability: 'process',
      entrants: [
        { role: 'durably', system: 'durably', size: 20_000 },
        { role: 'raw', system: 'raw', size: 30_000 },
        { role: 'peer', system: 'coji-durably', size: 1000 },
        { role: 'other', system: 'openworkflow', size: 800 },
      ],
      rows: rows([
        { against: 'peer', atLeast: 10 },
        { against: 'raw', atLeast: 0.55 },
      ]),
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const warmUp = Math.ceil(task.size / 10)
    let seconds = 0
    const engine = await system.open({
      path,
      durability: task.durability,
      concurrency: 1,
      async handler(runStep, input, runId) {
        const startedAt = performance.now()
        const output = await recordSteps(runStep, input, runId)
        // The run that is measured comes last.
        seconds = (performance.now() - startedAt) / 1000
        return output
      },
    })
    await engine.trigger(withSteps(warmUp))
    await engine.trigger(withSteps(task.size))
    const completed = engine.completions.reached(2)
    engine.start()
    await completed
    await engine.stop()
    checkWork(EMPTY, system.tally(path), { completed: 2, steps: warmUp + task.size })
    return { stepsPerSecond: task.size / seconds }
  },

  raw(system, task) {
    const raw = system.open(join(task.directory, 'bench.db'), task.durability)
    const warmUp = Math.ceil(task.size / 10)
    for (let index = 0; index < warmUp; index += 1)
      raw.recordSteps([{ runId: 'warm-up', name: `step-${index}` }])
    const startedAt = performance.now()
    for (let index = 0; index < task.size; index += 1)
      raw.recordSteps([{ runId: 'run', name: `step-${index}` }])
    const seconds = (performance.now() - startedAt) / 1000
    checkWork(EMPTY, raw.tally(), { completed: 0, steps: warmUp + task.size })
    return { stepsPerSecond: task.size / seconds }
  },
}

function rows(bars: readonly Bar[]): readonly Row[] {
  return [{ title: 'sequential steps of one run', figure: 'stepsPerSecond', unit: 'steps/s', bars }]
}
