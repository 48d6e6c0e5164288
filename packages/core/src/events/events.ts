import type { AnyJob, JobInput, JobOutput } from '../job/job.ts'
import type { JsonValue } from '../json.ts'
import type { LogLevel } from '../ports/storage.ts'
import type { Progress } from '../run/progress.ts'
import type { SerializedError } from '../run/serialized-error.ts'

/** What every event carries. */
export interface BaseEvent {
  /** When it was published, ISO 8601. */
  readonly timestamp: string
  /** Counts the events of one instance without gaps, from 1. 0: rebuilt from the stored run, not published by this instance. */
  readonly sequence: number
  /** The instance that published it first, where several share one database and tell each other. Absent: this one. */
  readonly origin?: string
}

/** What every event about a run carries. */
export interface RunEvent<Name extends string = string> extends BaseEvent {
  readonly runId: string
  readonly jobName: Name
  readonly labels: Readonly<Record<string, string>>
}

/** A run was stored. */
export interface RunTriggerEvent<Name extends string = string, Input = unknown> extends RunEvent<Name> {
  readonly type: 'run:trigger'
  readonly input: Input
}
/** A worker begins to execute a run, for the first time or again. */
export interface RunStartEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'run:start'
  readonly generation: number
}
/** A run's output is stored. */
export interface RunCompleteEvent<Name extends string = string, Output = unknown> extends RunEvent<Name> {
  readonly type: 'run:complete'
  readonly output: Output
  /** Since this execution began. */
  readonly durationMs: number
}
/** A run failed and its error is stored. */
export interface RunFailEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'run:fail'
  readonly error: SerializedError
  readonly durationMs: number
}
/** A run was cancelled. */
export interface RunCancelEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'run:cancel'
}
/** A failed or cancelled run is pending again. */
export interface RunRetryEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'run:retry'
}
/** A run whose worker disappeared was taken over; `run:start` follows. */
export interface RunRecoverEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'run:recover'
  readonly generation: number
  /** Take-overs in a row without a newly recorded step, this one included. */
  readonly recoveries: number
}
/** A run's progress is stored. */
export interface RunProgressEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'run:progress'
  readonly progress: Progress
}
/** A run and all that belonged to it was deleted. */
export interface RunDeleteEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'run:delete'
}
/** A step's body is about to be executed. */
export interface StepStartEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'step:start'
  readonly stepName: string
  readonly index: number
  readonly attempt: number
}
/** A step's result is recorded. */
export interface StepCompleteEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'step:complete'
  readonly stepName: string
  readonly index: number
  readonly attempt: number
  readonly output: unknown
  readonly durationMs: number
}
/** A step's failure is recorded. */
export interface StepFailEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'step:fail'
  readonly stepName: string
  readonly index: number
  readonly attempt: number
  readonly error: SerializedError
  readonly durationMs: number
}
/** A handler or a step's body wrote a log line. */
export interface LogWriteEvent<Name extends string = string> extends RunEvent<Name> {
  readonly type: 'log:write'
  /** Of the execution that wrote it; logs are stored only for the run's current one. */
  readonly generation: number
  readonly stepName: string | null
  readonly level: LogLevel
  readonly message: string
  readonly data: JsonValue | undefined
}
/** `start()` was called. */
export interface WorkerStartEvent extends BaseEvent {
  readonly type: 'worker:start'
}
/** The worker has ended. */
export interface WorkerStopEvent extends BaseEvent {
  readonly type: 'worker:stop'
}
/** The worker met an error that belongs to no job: storage trouble, missing tables. It goes on by itself unless it says so. */
export interface WorkerErrorEvent extends BaseEvent {
  readonly type: 'worker:error'
  readonly error: unknown
}

/** Events that belong to a run. */
export type JobEvent<Name extends string = string, Input = unknown, Output = unknown> =
  | RunTriggerEvent<Name, Input>
  | RunStartEvent<Name>
  | RunCompleteEvent<Name, Output>
  | RunFailEvent<Name>
  | RunCancelEvent<Name>
  | RunRetryEvent<Name>
  | RunRecoverEvent<Name>
  | RunProgressEvent<Name>
  | RunDeleteEvent<Name>
  | StepStartEvent<Name>
  | StepCompleteEvent<Name>
  | StepFailEvent<Name>
  | LogWriteEvent<Name>

/** An event about a run. */
export type AnyRunEvent = Extract<AnyEvent, { runId: string }>

/** Events that belong to the worker. */
export type WorkerEvent = WorkerStartEvent | WorkerStopEvent | WorkerErrorEvent

/** Every event, of any job. */
export type AnyEvent = JobEvent | WorkerEvent

/** The name of an event. */
export type EventType = AnyEvent['type']

/** The name of an event that belongs to a run. */
export type JobEventType = JobEvent['type']

/** The events of one job. */
export type EventsOfJob<J extends AnyJob> = J extends AnyJob
  ? JobEvent<J['name'], JobInput<J>, JobOutput<J>>
  : never

/**
 * The event union of an instance, distributed over the jobs given to `createDurably`, so that `event.output` is typed once
 * `event.jobName` is compared. Without jobs names are `string` and values `unknown`.
 */
export type DurablyEvent<Jobs extends Readonly<Record<string, AnyJob>> = Readonly<Record<never, never>>> =
  | ([keyof Jobs] extends [never] ? JobEvent : EventsOfJob<Jobs[keyof Jobs]>)
  | WorkerEvent

/** Takes a subscription back. */
export type Unsubscribe = () => void
