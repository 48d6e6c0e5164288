import { type Duration, toMilliseconds } from './duration.ts'
import { type Limits, type LimitsOptions, resolveLimits } from './limits.ts'
import { optionError, requireCount, requireInterval, withDefaults } from './options.ts'

/** How an instance works. Every value has a default. */
export interface Settings {
  /** Runs executed at the same time by this instance. Default 1. */
  readonly concurrency: number
  /** Milliseconds between looks for work another process has stored. Default 1000. */
  readonly pollingInterval: number
  /** Milliseconds between renewals of the leases this instance holds. Default 5000. */
  readonly heartbeatInterval: number
  /** Milliseconds after which a lease that was not renewed has ended. At least twice the heartbeat interval. Default 30,000. */
  readonly staleThreshold: number
  /** Take-overs in a row without a newly recorded step before a run is failed with `POISON_RUN`. Default 10. */
  readonly maxRecoveries: number
  /** Ended runs older than this are deleted, about once a minute. Null: kept for ever. */
  readonly retainMs: number | null
  readonly limits: Limits
}

/** The settings as an application gives them. */
export interface SettingsOptions {
  /** Runs executed at the same time by this instance. Default 1. */
  readonly concurrency?: number | undefined
  /** Milliseconds between looks for work of other processes, and of those who wait at runs that others execute. Default 1000. */
  readonly pollingInterval?: number | undefined
  /** Milliseconds between renewals of the leases this instance holds. Default 5000. */
  readonly heartbeatInterval?: number | undefined
  /**
   * Milliseconds after which a lease that was not renewed has ended, and another worker may take its run over. At least twice
   * the heartbeat interval. Default 30,000.
   */
  readonly staleThreshold?: number | undefined
  /** Take-overs in a row without a newly recorded step before a run is failed with `POISON_RUN`. Default 10. */
  readonly maxRecoveries?: number | undefined
  /** Ended runs older than this are deleted by an instance that was started, about once a minute: `'30d'`. Default: they are kept. */
  readonly retain?: Duration | undefined
  /** How large inputs, results and names may be: those limits that are to be others than the default. */
  readonly limits?: LimitsOptions | undefined
}

const COUNTS = { concurrency: 1, maxRecoveries: 10 }
const INTERVALS = { pollingInterval: 1_000, heartbeatInterval: 5_000, staleThreshold: 30_000 }

/**
 * Defaults filled in, nonsense refused.
 *
 * @throws DurablyError `OPTION_INVALID` naming the option
 */
export function resolveSettings(options: SettingsOptions): Settings {
  const intervals = withDefaults(INTERVALS, options, requireInterval)
  const { heartbeatInterval, staleThreshold } = intervals
  // One late renewal must not lose the lease.
  if (staleThreshold < 2 * heartbeatInterval)
    throw optionError(
      'staleThreshold',
      `at least twice heartbeatInterval (${heartbeatInterval})`,
      staleThreshold,
    )
  return {
    ...withDefaults(COUNTS, options, requireCount),
    ...intervals,
    staleThreshold: Math.ceil(staleThreshold),
    retainMs: options.retain === undefined ? null : toMilliseconds(options.retain, 'retain'),
    limits: resolveLimits(options.limits ?? {}),
  }
}
