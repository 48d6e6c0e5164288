import type { JobHandle, WaitOptions } from './client/job-handle.ts'
import type { AnyRunsFilter, LogLine, LogsPage, PurgeOptions } from './client/runs.ts'
import type { StopOptions } from './engine/ending.ts'
import type { ProcessOptions, ProcessResult } from './engine/process.ts'
import type {
  AnyEvent,
  DurablyEvent,
  EventsOfJob,
  EventType,
  JobEventType,
  Unsubscribe,
} from './events/events.ts'
import type { AnyJob, Job, JobConfig, OutputOf, Parsed, Returned, Sent } from './job/job.ts'
import type { StandardSchema } from './job/schema.ts'
import type { StepContext } from './job/step-context.ts'
import type { Plugin } from './plugins/plugin.ts'
import type { Run, Step } from './run/run.ts'

/** Jobs by the key an application calls them. */
export type Jobs = Readonly<Record<string, AnyJob>>

/** The jobs of an instance that was given none. */
export type NoJobs = Readonly<Record<never, never>>

/** Handles under the keys the jobs were given. */
export type Handles<J extends Jobs> = { readonly [Key in keyof J]: JobHandle<J[Key]> }

/** An instance: stores runs, executes them, answers questions about them. */
export interface Durably<J extends Jobs = NoJobs> {
  /** Handles of the jobs given to `createDurably`. */
  readonly jobs: Handles<J>

  /** Adds one job, or several by key. The same definition twice is the same handle. @throws DurablyError `NAME_TAKEN` */
  register<Given extends AnyJob>(job: Given): JobHandle<Given>
  register<Given extends Jobs>(jobs: Given): Handles<Given>

  /** Defines a job and adds it. @throws DurablyError `NAME_TAKEN` */
  defineJob<
    const Name extends string,
    Result extends Returned<Output>,
    Input extends StandardSchema | undefined = undefined,
    Output extends StandardSchema | undefined = undefined,
  >(
    config: JobConfig<Name, Input, Output>,
    handler: (step: StepContext, input: Parsed<Input>) => Result | Promise<Result>,
  ): JobHandle<Job<Name, Sent<Input>, OutputOf<Output, Result>>>

  /** Creates or updates the tables: all or nothing, idempotent, safe when several processes call it at once. */
  migrate(): Promise<void>

  /** Begins to execute runs; returns at once; idempotent. */
  start(): void

  /**
   * Claims nothing more, lets current runs finish, tears plugins down. With a `timeout`, runs that are still going then are
   * aborted and handed back, so that another worker goes on at once. Nothing keeps the process alive afterwards; `start` works again.
   */
  stop(options?: StopOptions): Promise<void>

  /** `stop`, then closes the storage. The instance is of no further use. */
  close(options?: StopOptions): Promise<void>

  /** Executes one due run and answers it as it is then; null when nothing is due. For hosts that may not poll. */
  processOne(): Promise<Run | null>

  /** Executes runs until nothing is due, `maxRuns` were executed, or the deadline has passed. For hosts that may not poll. */
  processUntilIdle(options?: ProcessOptions): Promise<ProcessResult>

  /** Subscribes to one type of event, or to all with `*`. Listeners are told after the commit the event reports. */
  on<Type extends EventType>(
    type: Type,
    listener: (event: Extract<DurablyEvent<J>, { type: Type }>) => unknown,
  ): Unsubscribe
  on(type: '*', listener: (event: DurablyEvent<J>) => unknown): Unsubscribe
  /** Subscribes to the events of one job, also one that was registered later. */
  on<Type extends JobEventType, Given extends AnyJob>(
    type: Type,
    job: Given,
    listener: (event: Extract<EventsOfJob<Given>, { type: Type }>) => unknown,
  ): Unsubscribe
  /** Subscribes with the event's type written out. */
  on<Event extends AnyEvent>(type: Event['type'], listener: (event: Event) => unknown): Unsubscribe

  /**
   * The events of one run, until it ends; a run that has ended already yields its last event. When another process executes the
   * run, its progress and its end are seen by polling.
   *
   * @throws DurablyError `NOT_FOUND` while iterating
   */
  subscribe(runId: string): AsyncIterable<Extract<AnyEvent, { runId: string }>>

  /** Adds a plugin. @throws DurablyError `NAME_TAKEN` */
  use(plugin: Plugin): void

  /** The run; null when there is none. */
  getRun(runId: string): Promise<Run | null>
  /** Newest first. */
  getRuns(filter?: AnyRunsFilter): Promise<readonly Run[]>
  /** `getRuns` with `status: 'failed'`. */
  getFailedRuns(filter?: Omit<AnyRunsFilter, 'status'>): Promise<readonly Run[]>
  /** In order of their first start; a step's failures before its success. */
  getSteps(runId: string): Promise<readonly Step[]>
  /** Oldest first; empty unless a plugin stores logs. */
  getLogs(runId: string, page?: LogsPage): Promise<readonly LogLine[]>

  /** Waits for a run's end, whoever executes it. @throws DurablyError `RUN_FAILED`, `RUN_CANCELLED`, `TIMEOUT`, `NOT_FOUND` */
  waitForRun(runId: string, options?: WaitOptions): Promise<Run>

  /** Makes a failed or cancelled run pending again; recorded steps are kept. @throws DurablyError `NOT_FOUND`, `CONFLICT`, `INPUT_INVALID` */
  retry(runId: string): Promise<Run>
  /** Stores a new run with the same input, labels and concurrency key; `originId` names the old one. @throws DurablyError `NOT_FOUND`, `INPUT_INVALID` */
  retrigger(runId: string): Promise<Run>
  /** Cancels a run that has not ended; cancelling a cancelled run changes nothing. @throws DurablyError `NOT_FOUND`, `CONFLICT` */
  cancel(runId: string): Promise<Run>
  /** Deletes an ended run and all that belongs to it. @throws DurablyError `NOT_FOUND`, `CONFLICT` */
  deleteRun(runId: string): Promise<void>
  /** Deletes ended runs that finished longer ago than `olderThan`; answers how many. */
  purge(options: PurgeOptions): Promise<number>
}
