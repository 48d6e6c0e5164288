import { join } from 'node:path'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Workload } from '../trial.ts'
import { withSteps } from './job.ts'

const STEPS = 500

/** Runs, one at a time, that start five hundred steps together. The size is the number of runs. */
export const parallelSteps: Workload = {
  name: 'parallel-steps',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 60 },
        { role: 'raw', system: 'raw-by-32', size: 60 },
        { role: 'peer', system: 'coji-durably', size: 1 },
        { role: 'other', system: 'openworkflow', size: 1 },
      ],
      rows: [
        {
          title: '500 parallel steps (raw: by 32)',
          figure: 'stepsPerSecond',
          unit: 'steps/s',
          bars: [
            { against: 'peer', atLeast: 50 },
            { against: 'raw', atLeast: 0.5 },
          ],
        },
      ],
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const warmUp = Math.ceil(task.size / 10)
    const runs = warmUp + task.size
    const timesMs: number[] = []
    const engine = await system.open({
      path,
      durability: task.durability,
      concurrency: 1,
      async handler(runStep, { steps }) {
        const startedAt = performance.now()
        await Promise.all(Array.from({ length: steps }, (_, index) => runStep(`step-${index}`, () => index)))
        timesMs.push(performance.now() - startedAt)
        return steps
      },
    })
    for (let index = 0; index < runs; index += 1) await engine.trigger(withSteps(STEPS))
    const completed = engine.completions.reached(runs)
    engine.start()
    await completed
    await engine.stop()
    checkWork(EMPTY, system.tally(path), { completed: runs, steps: runs * STEPS })
    const measuredMs = timesMs.slice(warmUp).reduce((sum, timeMs) => sum + timeMs, 0)
    return { stepsPerSecond: (task.size * STEPS * 1000) / measuredMs }
  },

  raw(system, task) {
    const raw = system.open(join(task.directory, 'bench.db'), task.durability)
    const record = (runs: number, label: string) => {
      for (let run = 0; run < runs; run += 1) {
        for (let step = 0; step < STEPS; step += system.group) {
          const group = Array.from({ length: Math.min(system.group, STEPS - step) }, (_, index) => ({
            runId: `${label}-${run}`,
            name: `step-${step + index}`,
          }))
          raw.recordSteps(group)
        }
      }
    }
    const warmUp = Math.ceil(task.size / 10)
    record(warmUp, 'warm-up')
    const startedAt = performance.now()
    record(task.size, 'run')
    const seconds = (performance.now() - startedAt) / 1000
    checkWork(EMPTY, raw.tally(), { completed: 0, steps: (warmUp + task.size) * STEPS })
    return { stepsPerSecond: (task.size * STEPS) / seconds }
  },
}
