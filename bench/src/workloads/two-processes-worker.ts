import { join } from 'node:path'
import { helperTask, nextMessage, report } from '../helper-process.ts'
import { loadEngine } from '../systems/system.ts'
import { recordSteps } from './job.ts'

/** One of the workers of `two-processes`: tells how many runs it has completed, and at the end which ones it executed. */
export type WorkerReport =
  | { readonly completed: number }
  | { readonly executed: readonly string[]; readonly elapsedMs: number }

const REPORT_INTERVAL_MS = 10

const task = helperTask()
const { durability, concurrency = 1, pollingIntervalMs } = task
const system = await loadEngine(task.system)
const executed: string[] = []
const engine = await system.open({
  path: join(task.directory, 'bench.db'),
  durability,
  concurrency,
  pollingIntervalMs,
  handler(runStep, input, runId) {
    executed.push(runId)
    return recordSteps(runStep, input, runId)
  },
})

await report('ready')
await nextMessage()
const startedAt = performance.now()
engine.start()
const reporting = setInterval(
  () => void report({ completed: engine.completions.count } satisfies WorkerReport),
  REPORT_INTERVAL_MS,
)
await nextMessage()
clearInterval(reporting)
await engine.stop()
await report({ executed, elapsedMs: engine.completions.lastAtMs - startedAt } satisfies WorkerReport)
process.disconnect()
