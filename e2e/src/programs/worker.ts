import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { createJobs } from '../jobs.ts'
import { Journal } from '../journal.ts'
import { codeOf, program, report, terminated } from '../processes/program.ts'
import { WallClock } from '../wall-clock.ts'

/** What a worker is told. */
export interface WorkerConfig {
  readonly database: DatabaseChoice
  readonly journal: string
  readonly concurrency: number
  readonly heartbeatInterval: number
  readonly staleThreshold: number
  /** The file of its wall clock. */
  readonly clock: string
  /** Deadline of `stop`. Default: it waits for current runs. */
  readonly stopTimeoutMs?: number
}

/** Executes runs until SIGTERM, then stops and ends by itself. */
void program<WorkerConfig>(async (config) => {
  const order = terminated()
  const journal = new Journal(config.journal)
  const durably = createDurably({
    storage: await openStorage(config.database),
    jobs: createJobs(journal),
    concurrency: config.concurrency,
    heartbeatInterval: config.heartbeatInterval,
    staleThreshold: config.staleThreshold,
    pollingInterval: 100,
    clock: new WallClock(config.clock),
    onError: (error, context) => report({ kind: 'reported', code: codeOf(error), context }),
  })
  durably.on('run:complete', ({ runId }) => journal.write({ kind: 'completed', runId }))
  durably.on('worker:error', ({ error }) => report({ kind: 'worker-error', code: codeOf(error) }))
  durably.start()
  report({ kind: 'ready' })

  await order
  const began = performance.now()
  await durably.stop({ timeout: config.stopTimeoutMs })
  report({ kind: 'stopped', durationMs: performance.now() - began, stalls: null })
})
