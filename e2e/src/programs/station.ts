import { setTimeout as sleep } from 'node:timers/promises'
import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { createJobs } from '../jobs.ts'
import { Journal } from '../journal.ts'
import { LoopWatch } from '../processes/loop-watch.ts'
import { attempt, codeOf, program, report, terminated } from '../processes/program.ts'

/** What a station is told. */
export interface StationConfig {
  readonly database: DatabaseChoice
  readonly journal: string
  /** Characters of each input. */
  readonly payloadLength: number
  /** Milliseconds between two triggers. */
  readonly pauseMs: number
  readonly stopTimeoutMs: number
}

/**
 * One process that both triggers and executes, like most applications. It goes on through every trouble until SIGTERM, reports
 * what each call answered, then stops and ends by itself.
 */
void program<StationConfig>(async ({ database, journal: path, payloadLength, pauseMs, stopTimeoutMs }) => {
  let going = true
  const order = terminated().then(() => {
    going = false
  })
  const journal = new Journal(path)
  const durably = createDurably({
    storage: await openStorage(database),
    jobs: createJobs(journal),
    heartbeatInterval: 100,
    staleThreshold: 400,
    pollingInterval: 100,
    onError: (error, context) => report({ kind: 'reported', code: codeOf(error), context }),
  })
  durably.on('worker:error', ({ error }) => report({ kind: 'worker-error', code: codeOf(error) }))
  durably.on('run:complete', ({ runId }) => journal.write({ kind: 'completed', runId }))
  const { chain } = durably.jobs

  const trigger = async () => {
    const began = performance.now()
    try {
      const { id, created } = await chain.trigger({
        steps: 2,
        bodyMs: 1,
        payload: 'x'.repeat(payloadLength),
      })
      journal.write({ kind: 'acknowledged', runId: id, idempotencyKey: null })
      answered(id, created, null, began)
    } catch (error) {
      answered(null, false, error, began)
    }
  }

  // Whatever is wrong with the file may be mended meanwhile; until then every way in is tried.
  while (going && !(await attempt('migrate', () => durably.migrate()))) {
    durably.start()
    await trigger()
    await sleep(pauseMs)
  }
  durably.start()
  const loop = new LoopWatch()
  loop.start()
  report({ kind: 'ready' })

  const producing = (async () => {
    while (going) {
      await trigger()
      await sleep(pauseMs)
    }
  })()
  await order
  const began = performance.now()
  await durably.stop({ timeout: stopTimeoutMs })
  report({ kind: 'stopped', durationMs: performance.now() - began, stalls: loop.stop() })
  await producing
})

function answered(runId: string | null, created: boolean, error: unknown, began: number): void {
  report({
    kind: 'trigger',
    runId,
    created,
    code: error === null ? null : codeOf(error),
    retryable: error instanceof Error && 'retryable' in error && error.retryable === true,
    durationMs: performance.now() - began,
  })
}
