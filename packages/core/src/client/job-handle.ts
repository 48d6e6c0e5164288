import type { Duration } from '../duration.ts'
import type { LogWriteEvent } from '../events/events.ts'
import type { AnyJob, JobInput, JobOutput } from '../job/job.ts'
import type { RunStatus } from '../run/lifecycle.ts'
import type { Progress } from '../run/progress.ts'
import type { Run } from '../run/run.ts'

/** A run of a given job. */
export type RunOf<J extends AnyJob> = Run<J['name'], JobInput<J>, JobOutput<J>>

/** A run of a given job that has completed. */
export type CompletedRun<J extends AnyJob> = RunOf<J> & { readonly output: JobOutput<J> }

/** How a run is stored. */
export interface TriggerOptions {
  /** A second trigger of the same job with the same key answers the existing run, under any race. Lives as long as its run. */
  readonly idempotencyKey?: string | undefined
  /** At most one run of a key is executed at a time, across jobs and processes; never prevents creation. */
  readonly concurrencyKey?: string | undefined
  /** Stored beside the run, usable as filter. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Do not start before this much time has passed. */
  readonly delay?: Duration | undefined
}

/** The run a trigger answers. */
export type Triggered<J extends AnyJob> = RunOf<J> & {
  /** False: a run with this idempotency key existed already, and this is it. */
  readonly created: boolean
  /** True when the existing run was stored with another input than the one sent now. */
  readonly inputDiffers: boolean
}

/** One element of a batch. */
export type BatchItem<J extends AnyJob> =
  undefined extends JobInput<J>
    ? { readonly input?: JobInput<J>; readonly options?: TriggerOptions | undefined }
    : { readonly input: JobInput<J>; readonly options?: TriggerOptions | undefined }

/** How to wait for a run. */
export interface WaitOptions {
  /** Milliseconds, or `'30s'`; rejects with `TIMEOUT` then. The run goes on. Default: waits as long as it takes. */
  readonly timeout?: Duration | undefined
  /** Told of each progress seen: of every one this process makes, and every `pollingInterval` of another's. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Lines written by this process are seen at once; those of other processes only where a plugin stores logs. */
  readonly onLog?: ((line: WaitLogLine) => void) | undefined
}

/** A log line as a waiting caller sees it. */
export type WaitLogLine = Pick<LogWriteEvent, 'level' | 'message' | 'data' | 'stepName' | 'timestamp'>

/** Which runs to list. */
export interface RunsFilter {
  /** One of them, or several. Default: all. */
  readonly status?: RunStatus | readonly RunStatus[] | undefined
  /** All of them must match. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** At most 1,000. Default 50. */
  readonly limit?: number | undefined
  /** The id of the last run of the page before. */
  readonly cursor?: string | undefined
}

/** Input comes first and is left out where the job takes none. */
type WithInput<J extends AnyJob, Rest extends unknown[]> =
  undefined extends JobInput<J> ? [input?: JobInput<J>, ...rest: Rest] : [input: JobInput<J>, ...rest: Rest]

/** A job registered with an instance: puts runs in and asks about them. */
export interface JobHandle<J extends AnyJob> {
  readonly name: J['name']
  /** The definition it was made from. */
  readonly job: J
  /**
   * Stores a run and resolves after the commit: from then on it survives a crash.
   *
   * @throws DurablyError `INPUT_INVALID` with `details.issues`, `NOT_JSON`, `LIMIT_EXCEEDED`, `OPTION_INVALID`, `PLUGIN_FAILED`,
   *   `NOT_MIGRATED`, `STOPPED` after `close`, `STORAGE_*`
   */
  trigger(...args: WithInput<J, [options?: TriggerOptions]>): Promise<Triggered<J>>
  /** Stores many runs, all or none. A refusal names the bad item, also in `details.index`. @throws what `trigger` throws */
  batchTrigger(items: readonly BatchItem<J>[]): Promise<readonly Triggered<J>[]>
  /**
   * Stores a run, waits for its end and resolves with it.
   *
   * @throws DurablyError `RUN_FAILED` (the run's error is the `cause`), `RUN_CANCELLED`, `TIMEOUT`, and whatever `trigger` throws
   */
  triggerAndWait(...args: WithInput<J, [options?: TriggerOptions & WaitOptions]>): Promise<CompletedRun<J>>
  /**
   * Waits for the end of a run of this job, whoever executes it.
   *
   * @throws DurablyError `RUN_FAILED` (the run's error is the `cause`), `RUN_CANCELLED`, `TIMEOUT`, `NOT_FOUND`
   */
  waitForRun(runId: string, options?: WaitOptions): Promise<CompletedRun<J>>
  /** A run of this job; null when there is none or it belongs to another job. */
  getRun(runId: string): Promise<RunOf<J> | null>
  /** Runs of this job, newest first. */
  getRuns(filter?: RunsFilter): Promise<readonly RunOf<J>[]>
}
