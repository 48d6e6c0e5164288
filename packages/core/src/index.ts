export type {
  BatchItem,
  CompletedRun,
  JobHandle,
  RunOf,
  RunsFilter,
  Triggered,
  TriggerOptions,
  WaitLogLine,
  WaitOptions,
} from './client/job-handle.ts'
export type { AnyRunsFilter, LogLine, LogsPage, PurgeOptions } from './client/runs.ts'
export type { AbortSignalLike } from './defaults/abort.ts'
export { hostRandom } from './defaults/host-random.ts'
export { systemClock } from './defaults/system-clock.ts'
export { timerScheduler } from './defaults/timer-scheduler.ts'
export type { DurablyOptions } from './durably.ts'
export { createDurably } from './durably.ts'
export type { Duration } from './duration.ts'
export type { StopOptions } from './engine/ending.ts'
export type { ProcessOptions, ProcessResult } from './engine/process.ts'
export { StepError } from './engine/step-error.ts'
export type { DurablyErrorCode, DurablyErrorOptions } from './errors.ts'
export { DurablyError, isDurablyError } from './errors.ts'
export type * from './events/events.ts'
export type { Durably, Handles, Jobs, NoJobs } from './instance.ts'
export type { AnyJob, Job, JobConfig, JobDefaults, JobInput, JobOutput } from './job/job.ts'
export { defineJob } from './job/job.ts'
export type { ReadableIssue, SchemaIssue, SchemaResult, StandardSchema } from './job/schema.ts'
export type { Logger, StepBody, StepContext } from './job/step-context.ts'
export type { JsonValue } from './json.ts'
export type { Limits, LimitsOptions } from './limits.ts'
export type { Plugin, PluginHost, PluginTeardown } from './plugins/plugin.ts'
export type { Clock } from './ports/clock.ts'
export type { Coordination, Leader, Resign } from './ports/coordination.ts'
export type { Random } from './ports/random.ts'
export type { ReportError } from './ports/report-error.ts'
export type { CancelTimer, Scheduler } from './ports/scheduler.ts'
export type {
  Claim,
  ClaimRequest,
  Controlled,
  Enqueued,
  Lease,
  LogLevel,
  LogPage,
  LogRecord,
  NewLogEntry,
  NewRun,
  Outcome,
  PurgeRequest,
  RecoverRequest,
  RecoverResult,
  RunFilter,
  RunRef,
  StopWatching,
  Storage,
  StorageCapabilities,
} from './ports/storage.ts'
export type { NotRecordable, Recorded } from './recorded.ts'
export type { RunStatus, TerminalStatus, Transition } from './run/lifecycle.ts'
export { canTransition, isTerminal, RUN_STATUSES, TERMINAL_STATUSES, TRANSITIONS } from './run/lifecycle.ts'
export type { Progress } from './run/progress.ts'
export type { NewStep, RunRecord, StepRecord } from './run/records.ts'
export type { Run, Step } from './run/run.ts'
export type { SerializedError } from './run/serialized-error.ts'
export type { SettingsOptions } from './settings.ts'
