import { toMilliseconds } from '../duration.ts'
import { DurablyError } from '../errors.ts'
import type { AnyRunEvent } from '../events/events.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import type { Run } from '../run/run.ts'
import { found } from './existing-run.ts'
import type { WaitOptions } from './job-handle.ts'
import { followRun, type WatchPorts } from './run-watch.ts'
import type { Runs } from './runs.ts'

const LOG_PAGE = 1_000

/**
 * Resolves with a run once it has completed. Leaves no listener and no timer behind, however it ends.
 *
 * @throws DurablyError `RUN_FAILED` with the run's error as `cause`, `RUN_CANCELLED`, `TIMEOUT`, `NOT_FOUND`
 */
export function waitForRun(
  runId: string,
  options: WaitOptions,
  ports: WatchPorts,
  runs: Pick<Runs, 'getRun' | 'getLogs'>,
): Promise<Run> {
  const { onProgress, onLog } = options
  const timeoutMs = readTimeout(options)
  return new Promise<Run>((resolve, reject) => {
    let cancelTimeout: CancelTimer | undefined
    let problem: DurablyError | null = null
    let cursor: string | undefined
    const unfollow = followRun(
      runId,
      ports,
      (event) => {
        if (event.type === 'run:progress') onProgress?.(event.progress)
        else if (event.type === 'log:write') onLog?.(event)
        else problem = problemOf(event)
      },
      (error: unknown = problem) => {
        cancelTimeout?.()
        if (error) reject(error)
        else
          runs
            .getRun(runId)
            .then((run) => resolve(found(run, runId)))
            .catch(reject)
      },
      async () => {
        if (!onLog) return
        for (;;) {
          const lines = await runs.getLogs(runId, { limit: LOG_PAGE, cursor })
          for (const line of lines) {
            cursor = line.id
            onLog(line)
          }
          if (lines.length < LOG_PAGE) return
        }
      },
    )
    if (timeoutMs !== null) {
      cancelTimeout = ports.scheduler.after(timeoutMs, () => {
        unfollow()
        reject(
          new DurablyError('TIMEOUT', `Run ${runId} had not ended after ${timeoutMs} ms; it goes on.`, {
            details: { runId, timeoutMs },
          }),
        )
      })
    }
  })
}

/** Milliseconds; null: as long as it takes. @throws DurablyError `OPTION_INVALID` */
export function readTimeout({ timeout }: WaitOptions): number | null {
  return timeout === undefined ? null : toMilliseconds(timeout, 'timeout')
}

/** Why there is no completed run to wait for any more, if that is what the event says. */
function problemOf(event: AnyRunEvent): DurablyError | null {
  const { runId, jobName } = event
  const run = `Run ${runId} of job "${jobName}"`
  const details = { runId, jobName }
  switch (event.type) {
    case 'run:fail': {
      const { error } = event
      return new DurablyError('RUN_FAILED', `${run} failed: ${error.message}`, {
        cause: Object.assign(new Error(error.message), error),
        details: { ...details, error },
      })
    }
    case 'run:cancel':
      return new DurablyError('RUN_CANCELLED', `${run} was cancelled.`, { details })
    case 'run:delete':
      return new DurablyError('NOT_FOUND', `${run} was deleted.`, { details })
    default:
      return null
  }
}
