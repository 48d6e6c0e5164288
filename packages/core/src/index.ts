export { hostRandom } from './defaults/host-random.ts'
export { systemClock } from './defaults/system-clock.ts'
export { timerScheduler } from './defaults/timer-scheduler.ts'
export { DurablyError, isDurablyError } from './errors.ts'
export type { DurablyErrorCode, DurablyErrorOptions } from './errors.ts'
export type { Clock } from './ports/clock.ts'
export type { Random } from './ports/random.ts'
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
  NewStep,
  Outcome,
  PurgeRequest,
  RecoverRequest,
  RecoverResult,
  RunFilter,
  RunRecord,
  RunRef,
  StepRecord,
  StopWatching,
  Storage,
  StorageCapabilities,
} from './ports/storage.ts'
export { canTransition, isTerminal, RUN_STATUSES, TERMINAL_STATUSES, TRANSITIONS } from './run/lifecycle.ts'
export type { RunStatus, TerminalStatus, Transition } from './run/lifecycle.ts'
