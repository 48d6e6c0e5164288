import { type DurablyErrorCode, isDurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { Registry } from '../job/registry.ts'
import type { Clock } from '../ports/clock.ts'
import type { Coordination } from '../ports/coordination.ts'
import type { Random } from '../ports/random.ts'
import type { ReportError } from '../ports/report-error.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Storage } from '../ports/storage.ts'
import type { Settings } from '../settings.ts'

/** Everything the engine reaches outside itself. */
export interface EnginePorts {
  readonly storage: Storage
  readonly coordination: Pick<Coordination, 'campaign'>
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly bus: EventBus
  readonly report: ReportError
  readonly registry: Registry
  readonly settings: Settings
  /** Plugins that must be set up before anything is claimed; null when they are. */
  readonly ready: () => Promise<unknown> | null
  /** Sets plugins up again that were torn down. */
  readonly setUp: () => void
  /** Called at the end of `stop`, when nothing is executed any more. */
  readonly tearDown: () => Promise<void>
}

const FATAL: readonly DurablyErrorCode[] = ['NOT_MIGRATED', 'SCHEMA_TOO_NEW', 'STOPPED', 'PLUGIN_FAILED']

/** Errors that do not pass by waiting: the worker stops instead of trying again. */
export function isFatal(error: unknown): boolean {
  return isDurablyError(error) && FATAL.includes(error.code)
}

/** Publishes an error the worker met. */
export function publishError(bus: EventBus, error: unknown): void {
  bus.publish('worker:error', () => ({ error }))
}

/**
 * Publishes an error the worker met beside a claim. Errors that end the worker are left to the claim, which meets them too and
 * reports them once.
 */
export function publishTrouble(bus: EventBus, error: unknown): void {
  if (!isFatal(error)) publishError(bus, error)
}
