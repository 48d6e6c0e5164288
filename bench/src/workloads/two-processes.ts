import { join } from 'node:path'
import { HelperProcess } from '../helper-process.ts'
import { checkWork, EMPTY } from '../tally-check.ts'
import type { Workload } from '../trial.ts'
import { recordSteps, store } from './job.ts'
import type { WorkerReport } from './two-processes-worker.ts'

const WORKER = new URL('./two-processes-worker.ts', import.meta.url)

/** Workers in processes of their own that empty one backlog together. */
export const twoProcesses: Workload = {
  name: 'two-processes',
  trials: [
    {
      durability: 'full',
      entrants: [
        { role: 'durably', system: 'durably', size: 14_000, concurrency: 32, processes: 2 },
        { role: 'self', label: 'durably, one process', system: 'durably', size: 14_000, concurrency: 32 },
        {
          role: 'peer',
          system: 'coji-durably',
          size: 400,
          concurrency: 32,
          processes: 2,
          pollingIntervalMs: 1,
        },
      ],
      rows: [
        {
          title: 'two processes on one file, concurrency 32',
          figure: 'runsPerSecond',
          unit: 'runs/s',
          bars: [
            { against: 'peer', atLeast: 10 },
            { against: 'self', atLeast: 0.8 },
          ],
        },
        {
          title: '… runs executed twice by two processes',
          figure: 'executedTwice',
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
    await store(engine, task.size)
    await engine.stop()

    const workers = await Promise.all(
      Array.from({ length: task.processes ?? 1 }, () => HelperProcess.start(WORKER, task)),
    )
    const completed = workers.map(() => 0)
    const results = await Promise.all(
      workers.map(async (worker, index) => {
        worker.send('start')
        for (;;) {
          const report = (await worker.nextReport()) as WorkerReport
          if ('executed' in report) return report
          completed[index] = report.completed
          if (sum(completed) >= task.size) for (const each of workers) each.send('stop')
        }
      }),
    )
    const executed = results.flatMap((result) => result.executed)
    checkWork(EMPTY, system.tally(path), { completed: task.size, steps: task.size })
    return {
      runsPerSecond: task.size / (Math.max(...results.map((result) => result.elapsedMs)) / 1000),
      executedTwice: executed.length - new Set(executed).size,
    }
  },
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
