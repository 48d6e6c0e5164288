import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HelperProcess } from '../helper-process.ts'
import { monotonicMs } from '../monotonic.ts'
import { percentile } from '../percentile.ts'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Workload } from '../trial.ts'

const SENDER = new URL('./trigger-from-afar-sender.ts', import.meta.url)

/** From the call of `trigger` in one process to the first line of the handler in another that has nothing to do. */
export const triggerFromAfar: Workload = {
  name: 'trigger-from-afar',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 30, gapMs: 50 },
        { role: 'peer', system: 'coji-durably', size: 2, gapMs: 1000 },
      ],
      rows: [
        {
          title: 'trigger in another process to start, p50',
          figure: 'p50Ms',
          unit: 'ms',
          bars: [{ against: 'nothing', atMost: 30 }],
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
        timesMs.push(monotonicMs() - sentAtMs)
        return runStep('step-0', () => 0)
      },
    })
    const sender = await HelperProcess.start(SENDER, task)
    engine.start()
    // Let the worker find out that there is nothing to do.
    await delay(500)
    for (let sample = 1; sample <= task.size; sample += 1) {
      await delay(Math.random() * (task.gapMs ?? 0))
      const completed = engine.completions.reached(sample)
      sender.send('trigger')
      await completed
    }
    await engine.stop()
    await sender.ended()
    checkWork(EMPTY, system.tally(path), { completed: task.size, steps: task.size })
    return { p50Ms: percentile(timesMs, 0.5) }
  },
}
