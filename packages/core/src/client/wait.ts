import { toMilliseconds } from '../duration.ts'
import { DurablyError } from '../errors.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import { type Run, toRun } from '../run/run.ts'
import type { SerializedError } from '../run/serialized-error.ts'
import { found } from './existing-run.ts'
import type { WaitOptions } from './job-handle.ts'
import type { AnyRunEvent, RunWatch, WatchPorts } from './run-watch.ts'
import type { Runs } from './runs.ts'

/** What waiting needs. */
export interface WaitPorts extends WatchPorts {
  readonly watch: RunWatch
  readonly runs: Runs
}

const LOG_PAGE = 1_000

/**
 * Resolves with a run once it has completed. Leaves no listener and no timer behind, however it ends.
 *
 * @throws DurablyError `RUN_FAILED` with the run's error as `cause`, `RUN_CANCELLED`, `TIMEOUT`, `NOT_FOUND`
 */
export function waitForRun(runId: string, options: WaitOptions, ports: WaitPorts): Promise<Run> {
  const timeoutMs = readTimeout(options)
  return new Promise<Run>((resolve, reject) => {
    let cancelTimeout: CancelTimer = () => {}
    let logCursor: string | undefined
    let waiting = true
    const end = (settle: () => void) => {
      if (!waiting) return
      waiting = false
      cancelTimeout()
      unfollow()
      settle()
    }
    const unfollow = ports.watch.follow(runId, {
      event(event) {
        if (event.type === 'run:progress') options.onProgress?.(event.progress)
        else if (event.type === 'log:write') options.onLog?.(event)
        else {
          const problem = problemOf(event)
          if (problem) end(() => reject(problem))
        }
      },
      ended() {
        end(() => load(runId, ports).then(resolve, reject))
      },
      failed(error) {
        end(() => reject(error))
      },
      async polled() {
        if (!options.onLog) return
        for (;;) {
          const lines = await ports.runs.logs(runId, { limit: LOG_PAGE, cursor: logCursor })
          for (const line of lines) {
            logCursor = line.id
            options.onLog(line)
          }
          if (lines.length < LOG_PAGE) return
        }
      },
    })
    if (timeoutMs !== null) {
      cancelTimeout = ports.scheduler.after(timeoutMs, () => end(() => reject(timedOut(runId, timeoutMs))))
    }
  })
}

/** Milliseconds; null: as long as it takes. @throws DurablyError `OPTION_INVALID` */
export function readTimeout({ timeout }: WaitOptions): number | null {
  return timeout === undefined ? null : toMilliseconds(timeout, 'timeout')
}

async function load(runId: string, ports: WaitPorts): Promise<Run> {
  return toRun(found(await ports.storage.getRun(runId), runId))
}

function problemOf(event: AnyRunEvent): DurablyError | null {
  const { runId, jobName } = event
  switch (event.type) {
    case 'run:fail':
      return new DurablyError(
        'RUN_FAILED',
        `Run ${runId} of job "${jobName}" failed: ${event.error.message}`,
        {
          cause: rebuild(event.error),
          details: { runId, jobName, error: event.error },
        },
      )
    case 'run:cancel':
      return new DurablyError('RUN_CANCELLED', `Run ${runId} of job "${jobName}" was cancelled.`, {
        details: { runId, jobName },
      })
    case 'run:delete':
      return new DurablyError('NOT_FOUND', `Run ${runId} of job "${jobName}" was deleted.`, {
        details: { runId, jobName },
      })
    default:
      return null
  }
}

function rebuild(stored: SerializedError): Error {
  const error = new Error(stored.message)
  return Object.assign(error, { ...stored, stack: stored.stack ?? error.stack })
}

function timedOut(runId: string, timeoutMs: number): DurablyError {
  return new DurablyError(
    'TIMEOUT',
    `Run ${runId} had not ended after ${timeoutMs} ms. It goes on; cancel it if it should not.`,
    {
      details: { runId, timeoutMs },
    },
  )
}
