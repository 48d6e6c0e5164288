import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../percentile.ts'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Figures, Workload } from '../trial.ts'

/** From the call of `trigger` to the first line of the handler, with a worker that has nothing to do. The size is the number of triggers. */
export const triggerToStart: Workload = {
  name: 'trigger-to-start',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 120, gapMs: 20 },
        { role: 'raw', system: 'raw', size: 120, gapMs: 20 },
        { role: 'peer', system: 'coji-durably', size: 3, gapMs: 1000 },
        { role: 'other', system: 'openworkflow', size: 3, gapMs: 1000 },
      ],
      rows: [
        {
          title: 'trigger to start, idle worker, p50',
          figure: 'p50Ms',
          unit: 'ms',
          bars: [
            { against: 'peer', atMost: 1 / 250 },
            { against: 'nothing', atMost: 1 },
          ],
        },
        {
          title: 'trigger to start, idle worker, p99',
          figure: 'p99Ms',
          unit: 'ms',
          bars: [{ against: 'nothing', atMost: 8 }],
        },
      ],
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const timesMs: number[] = []
    const engine = await system.open({
      path,
      durability: task.durability,
      concurrency: 1,
      handler: async (runStep, { sentAtMs }) => {
        timesMs.push(performance.now() - sentAtMs)
        return runStep('step-0', () => 0)
      },
    })
    engine.start()
    // Let the worker find out that there is nothing to do.
    await delay(500)
    for (let sample = 1; sample <= task.size; sample += 1) {
      await delay(Math.random() * (task.gapMs ?? 0))
      const completed = engine.completions.reached(sample)
      await engine.trigger({ steps: 1, sentAtMs: performance.now() })
      await completed
    }
    await engine.stop()
    checkWork(EMPTY, system.tally(path), { completed: task.size, steps: task.size })
    return summary(timesMs)
  },

  async raw(system, task) {
    const raw = system.open(join(task.directory, 'bench.db'), task.durability)
    const timesMs: number[] = []
    for (let sample = 0; sample < task.size; sample += 1) {
      await delay(Math.random() * (task.gapMs ?? 0))
      const startedAt = performance.now()
      raw.enqueue(1)
      const ids = raw.claim(1)
      timesMs.push(performance.now() - startedAt)
      raw.recordSteps(ids.map((runId) => ({ runId, name: 'step-0' })))
      raw.complete(ids)
    }
    checkWork(EMPTY, raw.tally(), { completed: task.size, steps: task.size })
    return summary(timesMs)
  },
}

function summary(timesMs: readonly number[]): Figures {
  return { p50Ms: percentile(timesMs, 0.5), p99Ms: percentile(timesMs, 0.99) }
}
