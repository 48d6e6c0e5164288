import { join } from 'node:path'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Workload } from '../trial.ts'
import { recordSteps, withSteps } from './job.ts'

/**
 * A run that was interrupted after its last step: from the start of a worker until the handler has every recorded result again. The size
 * is the number of steps.
 */
export const resume: Workload = {
  name: 'resume',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 2000 },
        { role: 'raw', system: 'raw', size: 2000 },
        { role: 'peer', system: 'coji-durably', size: 2000 },
      ],
      rows: [
        {
          title: 'resume of 2,000 recorded steps',
          figure: 'resumeMs',
          unit: 'ms',
          bars: [
            { against: 'peer', atMost: 1 / 40 },
            { against: 'nothing', atMost: 5 },
          ],
        },
      ],
    },
  ],

  async engine(system, task) {
    const path = join(task.directory, 'bench.db')
    const options = { path, durability: task.durability, concurrency: 1 }

    const reached = Promise.withResolvers<void>()
    const first = await system.open({
      ...options,
      async handler(runStep, input, runId) {
        await recordSteps(runStep, input, runId)
        reached.resolve()
        throw new Error('interrupted after the last step')
      },
    })
    const runId = await first.trigger(withSteps(task.size))
    first.start()
    await reached.promise
    await first.stop()
    checkWork(EMPTY, system.tally(path), { failed: 1, completed: 0, steps: task.size })

    let replayedAt = 0
    let executed = 0
    const second = await system.open({
      ...options,
      async handler(runStep, { steps }) {
        for (let index = 0; index < steps; index += 1) await runStep(`step-${index}`, () => executed++)
        replayedAt = performance.now()
        return steps
      },
    })
    await second.retry(runId)
    const completed = second.completions.reached(1)
    const startedAt = performance.now()
    second.start()
    await completed
    await second.stop()
    checkWork(EMPTY, system.tally(path), { completed: 1, steps: task.size })
    if (executed > 0) throw new Error(`${executed} recorded steps were executed again`)
    return { resumeMs: replayedAt - startedAt }
  },

  raw(system, task) {
    const raw = system.open(join(task.directory, 'bench.db'), task.durability)
    raw.enqueue(1)
    const runId = '0'.repeat(26)
    raw.recordSteps(Array.from({ length: task.size }, (_, index) => ({ runId, name: `step-${index}` })))
    const startedAt = performance.now()
    raw.claim(1)
    const recorded = raw.recordedSteps(runId)
    for (let index = 0; index < task.size; index += 1) {
      if (!recorded.has(`step-${index}`)) throw new Error(`step-${index} is not recorded`)
    }
    return { resumeMs: performance.now() - startedAt }
  },
}
