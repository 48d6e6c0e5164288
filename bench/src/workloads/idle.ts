import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Workload } from '../trial.ts'
import { recordSteps, withSteps } from './job.ts'

/** A started worker with nothing to do, under the system's defaults. The size is the number of seconds watched. */
export const idle: Workload = {
  name: 'idle',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 3 },
        { role: 'peer', system: 'coji-durably', size: 3 },
        { role: 'other', system: 'openworkflow', size: 3 },
      ],
      rows: [
        {
          title: 'idle worker, CPU seconds per minute',
          figure: 'cpuSecondsPerMinute',
          unit: 's',
          bars: [{ against: 'nothing', atMost: 0.15 }],
        },
        {
          title: 'idle worker, seconds in which the files changed',
          figure: 'secondsWithWrites',
          unit: '',
          bars: [{ against: 'nothing', atMost: 0 }],
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
    // A run has been executed before, as in any worker that is idle now.
    await engine.trigger(withSteps(1))
    const completed = engine.completions.reached(1)
    engine.start()
    await completed
    await delay(1000)

    let secondsWithWrites = 0
    let state = fileState(path)
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    for (let second = 0; second < task.size; second += 1) {
      await delay(1000)
      const next = fileState(path)
      if (next !== state) secondsWithWrites += 1
      state = next
    }
    const minutes = (performance.now() - startedAt) / 60_000
    const { user, system: kernel } = process.cpuUsage(cpu)
    await engine.stop()
    checkWork(EMPTY, system.tally(path), { completed: 1, steps: 1 })
    return { cpuSecondsPerMinute: (user + kernel) / 1e6 / minutes, secondsWithWrites }
  },
}

/** Changes with every write to the database or its log. */
function fileState(path: string): string {
  return [path, `${path}-wal`]
    .map((file) => {
      const { mtimeNs, size } = statSync(file, { bigint: true })
      return `${mtimeNs}/${size}`
    })
    .join(' ')
}
