import { toMilliseconds } from '../duration.ts'
import { DurablyError, isDurablyError } from '../errors.ts'
import type { AnyRunEvent } from '../events/events.ts'
import type { ReportError } from '../ports/report-error.ts'
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
  ports: WatchPorts & { readonly report: ReportError },
  runs: Pick<Runs, 'getRun' | 'getLogs'>,
): Promise<Run> {
  const { onProgress, onLog } = options
  const timeoutMs = readTimeout(options)
  return new Promise<Run>((resolve, reject) => {
    let open = true
    let cancelTimeout: CancelTimer | undefined
    let cancelRetry: CancelTimer | undefined
    let problem: DurablyError | null = null
    let cursor: string | undefined
    // Lines heard while this instance executed the run. They are in the log as well, once another one goes on with it.
    let heard = 0
    let heardUntil = ''

    /** A callback that throws or rejects changes nothing for the wait. */
    const tell = async <T>(callback: ((value: T) => unknown) | undefined, value: T) => {
      try {
        await callback?.(value)
      } catch (error) {
        ports.report(error, 'a callback of waitForRun')
      }
    }
    const onEvent = (event: AnyRunEvent) => {
      if (event.type === 'run:progress') void tell(onProgress, event.progress)
      else if (event.type === 'log:write') {
        heard++
        heardUntil = event.timestamp
        void tell(onLog, event)
      } else problem = problemOf(event)
    }
    const readLogs = async () => {
      while (onLog) {
        const lines = await runs.getLogs(runId, { limit: LOG_PAGE, cursor })
        for (const line of lines) {
          cursor = line.id
          if (heard > 0 && line.timestamp <= heardUntil) heard--
          else void tell(onLog, line)
        }
        if (lines.length < LOG_PAGE) return
      }
    }
    const end = (settle: () => void) => {
      open = false
      cancelTimeout?.()
      cancelRetry?.()
      settle()
    }
    const onEnd = async (trouble?: unknown) => {
      try {
        const error = trouble ?? problem
        if (error) throw error
        const run = found(await runs.getRun(runId), runId)
        end(() => resolve(run))
      } catch (error) {
        // It has completed, and only cannot be read at the moment.
        if (open && isDurablyError(error) && error.retryable)
          cancelRetry = ports.scheduler.after(ports.settings.pollingInterval, () => void onEnd())
        else end(() => reject(error))
      }
    }

    const unfollow = followRun(runId, ports, onEvent, (trouble) => void onEnd(trouble), readLogs)
    if (timeoutMs !== null) {
      cancelTimeout = ports.scheduler.after(timeoutMs, () => {
        unfollow()
        const message = `Run ${runId} had not ended after ${timeoutMs} ms; it goes on.`
        end(() => reject(new DurablyError('TIMEOUT', message, { details: { runId, timeoutMs } })))
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
