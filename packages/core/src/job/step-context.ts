import type { AbortSignalLike } from '../defaults/abort.ts'
import type { Recorded } from '../recorded.ts'
import type { Progress } from '../run/progress.ts'

/** The first argument of a job's handler: how a run records what it does. */
export interface StepContext {
  /** The run that is executed. */
  readonly runId: string
  /** Its job. */
  readonly jobName: string
  /** Those it was triggered with, over the job's defaults. */
  readonly labels: Readonly<Record<string, string>>
  /** Grows whenever a worker takes the run, and when it is cancelled or retried; fences everything this execution writes. */
  readonly generation: number
  /** Aborts when this execution must end: cancelled, lease lost, shutdown at its deadline, or the handler threw. */
  readonly signal: AbortSignalLike
  /**
   * Executes `body` once and records what it returns; afterwards, and after every interruption, returns the recorded value.
   *
   * Results are recorded exactly once, bodies may run more than once (a crash between the body's end and the record), and a
   * recorded body never runs again. Names are unique within an execution. Steps may run side by side with `Promise.all`, but
   * not inside one another: a step that is started in another body's synchronous part is refused, later ones cannot be seen.
   *
   * @returns the result as JSON carries it, so the first pass and every replay see equal values
   * @throws StepError what the body threw, in its stored form; the same on every replay until the run is retried. With `code`
   *   `NOT_JSON` or `LIMIT_EXCEEDED` the body succeeded, and its result cannot be recorded
   * @throws DurablyError `STEP_NAME_CONFLICT`, `OPTION_INVALID` or `LIMIT_EXCEEDED` for its name, `CONFLICT` once the handler has
   *   ended, `LEASE_LOST`, `RUN_CANCELLED`, `STOPPED`
   * @example
   * const users = await step.run('fetch-users', ({ signal }) => api.users({ signal }))
   */
  run<T>(name: string, body: (step: StepBody) => T): Promise<Recorded<Awaited<T>>>
  /**
   * Publishes how far the run is and stores it with the run's next commit, at the latest after 100 ms.
   *
   * @throws DurablyError `OPTION_INVALID` for anything but finite, non-negative numbers
   */
  setProgress(progress: Progress): void
  /** Writes log lines that name the only step in flight, or none. */
  readonly log: Logger
}

/** What a step's body gets. */
export interface StepBody {
  /** Aborts when this execution must end: pass it on to whatever takes long. */
  readonly signal: AbortSignalLike
  /** `runId:stepName`, the same on every attempt: hand it to external systems as their idempotency key. */
  readonly key: string
  /** Of this execution: a system that keeps the highest one it saw can refuse a stale writer. */
  readonly generation: number
  /** 1 for the first attempt of this step; grows with each recorded failure. */
  readonly attempt: number
  /** Writes log lines that name this step. */
  readonly log: Logger
}

/** Writes log lines of a run: published as `log:write`, stored where a plugin keeps them. Never throws. */
export interface Logger {
  /** @param data anything JSON can carry; a text that says so stands in the place of what it cannot */
  info(message: string, data?: unknown): void
  warn(message: string, data?: unknown): void
  error(message: string, data?: unknown): void
}
