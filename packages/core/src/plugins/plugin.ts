import type { AnyEvent, EventType, Unsubscribe } from '../events/events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { LogPage, LogRecord, NewLogEntry } from '../ports/storage.ts'
import type { Run, Step } from '../run/run.ts'

/**
 * Something that watches an instance and may keep data of its own.
 *
 * @example
 * const slowRuns: Plugin = {
 *   name: 'slow-runs',
 *   setup: (host) => host.on('run:complete', (event) => { if (event.durationMs > 60_000) alert(event.runId) }),
 * }
 */
export interface Plugin {
  /** Unique in an instance. */
  readonly name: string
  /**
   * Called once before the first claim or trigger, and again when an instance is started after it was stopped. Both wait for it;
   * a rejection rejects them. A returned function is called when the instance stops.
   */
  setup(host: PluginHost): PluginTeardown | void | Promise<PluginTeardown | void>
}

/** Called at the end of `stop()`, in reverse order of set-up. */
export type PluginTeardown = () => void | Promise<void>

/** What an instance offers its plugins. */
export interface PluginHost {
  /** Subscribes to one type of event, or to all with `*`. Taken back by itself when the instance stops. */
  on<Type extends EventType>(
    type: Type,
    listener: (event: Extract<AnyEvent, { type: Type }>) => unknown,
  ): Unsubscribe
  on(type: '*', listener: (event: AnyEvent) => unknown): Unsubscribe
  readonly clock: Clock
  readonly scheduler: Scheduler
  getRun(runId: string): Promise<Run | null>
  getSteps(runId: string): Promise<readonly Step[]>
  /** Stores log lines; those of an execution that is not the run's current one are dropped. */
  appendLogs(entries: readonly NewLogEntry[]): Promise<void>
  getLogs(runId: string, page: LogPage): Promise<readonly LogRecord[]>
  /**
   * Before this instance reads logs, `write` is called and waited for: a plugin that gathers lines writes what it holds back, so
   * that nobody misses the last lines of a run whose end they have seen.
   */
  beforeLogsAreRead(write: () => Promise<void>): Unsubscribe
  /** Reports a failure that has no caller. */
  reportError(error: unknown): void
}
