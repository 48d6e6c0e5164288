import { join } from 'node:path'
import { helperTask, nextMessage, report } from '../helper-process.ts'
import { monotonicMs } from '../monotonic.ts'
import { loadEngine } from '../systems/system.ts'
import { recordSteps } from './job.ts'

/** The other process of `trigger-from-afar`: triggers a run at each message, and executes none. */
const task = helperTask()
const system = await loadEngine(task.system)
const engine = await system.open({
  path: join(task.directory, 'bench.db'),
  durability: task.durability,
  concurrency: 1,
  handler: recordSteps,
})

await report('ready')
for (let sample = 0; sample < task.size; sample += 1) {
  await nextMessage()
  await engine.trigger({ steps: 1, sentAtMs: monotonicMs() })
}
await engine.stop()
process.disconnect()
