import type { RunStatus, TerminalStatus } from '../run/lifecycle.ts'
import type { NewStep, RunRecord, StepRecord } from '../run/records.ts'
import type { Coordination } from './coordination.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * The port between the engine and a database.
 *
 * Verbs are transitions, not column updates: each says what it checks, what it changes and what it answers when the check
 * fails, and each is safe to repeat after an unknown outcome. Values cross the port as JSON text that a storage keeps as it is
 * and never looks into (fields ending in `Json`). All times are integer milliseconds since the epoch and are handed in; a
 * storage reads no clock for what it stores.
 *
 * A promise resolves only once its change is durable. Changes submitted in the same turn of the event loop take effect in the
 * order of submission and should share one commit. Every failure is a `DurablyError` with one of the `STORAGE_*` codes,
 * `NOT_MIGRATED`, `SCHEMA_TOO_NEW`, `NOT_A_DATABASE`, `LEASE_LOST`, or `STOPPED` after `close()`.
 */
export interface Storage {
  /** Shown in messages: `better-sqlite3`, `memory`. */
  readonly name: string
  readonly capabilities: StorageCapabilities
  /** Present where only one instance at a time may execute runs. Absent: any may. */
  readonly coordination?: Coordination
  /** Keeps time better than the host's own timers, where those are slowed down (hidden tabs). Absent: the host's own do. */
  readonly scheduler?: Scheduler

  /** Creates or updates the tables; all or nothing, idempotent, safe when several processes call it at once. */
  migrate(): Promise<void>

  /**
   * Stores runs as `pending`, all or none. A run whose (job, idempotency key) exists already, in the database or earlier in the
   * list, is not stored: the existing one is answered with `created: false`. Answers in the order of the list.
   */
  enqueue(runs: readonly NewRun[], now: number): Promise<readonly Enqueued[]>

  /**
   * Takes up to `limit()` claimable runs of the named jobs, oldest first: `pending`, due, and with no other run of the same
   * concurrency key running. Each becomes `running` under its next generation. Repeating a claim id answers the same runs.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>

  /**
   * Takes over runs of the named jobs whose lease ended before `now`, up to `limit()`, longest ended first. With `exclusive` every
   * lease that is not under this claim id ends first; asked only by an instance that holds none itself.
   *
   * A lease whose heartbeat lies further in the future than it lasts was written by a clock that has been set back since: it is
   * moved to begin `now`, so that a living owner keeps it and a dead one loses it when it has lasted once more.
   *
   * A run that was recovered `maxRecoveries` times in a row without recording a completed step becomes `failed` with
   * `poisonErrorJson` instead. Repeating a claim id answers the same claims; poisoned runs are answered once.
   */
  recover(request: RecoverRequest): Promise<RecoverResult>

  /** Makes delayed and sleeping runs of the named jobs claimable whose time has come; they are not before. */
  wake(jobNames: readonly string[], now: number): Promise<void>

  /** When the first delayed or sleeping run of the named jobs is due; in the past: `wake` has work now; null: there is none. */
  nextDue(jobNames: readonly string[]): Promise<number | null>

  /** Extends leases to `now + leaseMs`. Answers those still held; the others are lost. */
  renew(leases: readonly Lease[], now: number, leaseMs: number): Promise<readonly Lease[]>

  /**
   * Records one step under the lease. Rejects with `LEASE_LOST` and changes nothing when it is no longer held, or when an earlier
   * generation completed this step. Said again under the same generation, it is done, and the first record stays.
   */
  recordStep(lease: Lease, step: NewStep, now: number): Promise<void>

  /** Replaces the run's progress under the lease. Rejects with `LEASE_LOST` when it is no longer held. */
  recordProgress(lease: Lease, progressJson: string, now: number): Promise<void>

  /**
   * Ends the attempt and gives the lease up. Rejects with `LEASE_LOST` when it is no longer held. An attempt that recorded a
   * completed step and is suspended or released sets the recoveries to 0. Said again under the same generation, it is done.
   */
  settle(lease: Lease, outcome: Outcome, now: number): Promise<void>

  /** `pending`, `running` or `suspended` becomes `cancelled`; grows the generation. Any other status is left as it is. */
  cancel(runId: string, now: number): Promise<Controlled>

  /** `failed` or `cancelled` becomes `pending`; completed steps are kept, failed ones become `forgotten`. */
  retry(runId: string, now: number): Promise<Controlled>

  /** Deletes an ended run with its steps, labels and logs. Answers the run as it was. */
  remove(runId: string): Promise<Controlled>

  /** Deletes up to `limit` ended runs that finished before a time, first created first, with all that belongs to them. */
  purge(request: PurgeRequest): Promise<readonly RunRef[]>

  /** Stores log lines whose run still has that generation; drops the others. */
  appendLogs(entries: readonly NewLogEntry[]): Promise<void>

  getRun(runId: string): Promise<RunRecord | null>
  /** Newest first. */
  getRuns(filter: RunFilter): Promise<readonly RunRecord[]>
  /** By position, then attempt; forgotten failures included. */
  getSteps(runId: string): Promise<readonly StepRecord[]>
  /** Oldest first. */
  getLogs(runId: string, page: LogPage): Promise<readonly LogRecord[]>

  /**
   * Calls the listener when another process may have written. Spurious calls are allowed, missing ones too: the engine polls
   * as well. Absent where the database cannot tell cheaply.
   */
  watch?(listener: () => void): StopWatching

  /** Waits for what was submitted, then releases the database. Idempotent; later calls of other verbs reject with `STOPPED`. */
  close(): Promise<void>
}

/** Ends a watch. */
export type StopWatching = () => void

/** What a storage declares about itself; the conformance suite reads from here what it may skip. */
export interface StorageCapabilities {
  /** Does the data outlive the instance and its process? */
  readonly persistent: boolean
  /** May others, processes or instances, use the same database at the same time? */
  readonly shared: boolean
  /** Does this host own the database alone, so that every other owner's lease counts as ended? */
  readonly exclusive: boolean
}

/** The right to execute a run. A generation is used once and fences every write made under it. */
export interface Lease {
  readonly runId: string
  readonly generation: number
}

/** A run to store. Its id is made by the storage. */
export interface NewRun {
  readonly jobName: string
  /** Empty text: triggered without input. */
  readonly inputJson: string
  readonly idempotencyKey: string | null
  readonly concurrencyKey: string | null
  readonly labels: Readonly<Record<string, string>> | null
  /** Not claimable before this time; null: at once. */
  readonly readyAt: number | null
  /** The run this one repeats. */
  readonly originId: string | null
}

/** The answer for one run of an enqueue. */
export interface Enqueued {
  readonly run: RunRecord
  /** False: a run with this job and idempotency key existed already, and this is it. */
  readonly created: boolean
}

/** Asks for runs to execute. */
export interface ClaimRequest {
  readonly jobNames: readonly string[]
  /** How many at most; asked when the commit is put together, so that slots freed until then are counted. */
  readonly limit: () => number
  /** Chosen by the caller, never used for another claim. */
  readonly claimId: string
  readonly now: number
  /** The lease ends at `now + leaseMs` unless renewed. */
  readonly leaseMs: number
}

/** Asks for runs whose owner is gone. */
export interface RecoverRequest extends ClaimRequest {
  readonly maxRecoveries: number
  /** The error stored with a poisoned run. */
  readonly poisonErrorJson: string
  /** The host owns the database alone: every lease not under this claim id counts as ended. */
  readonly exclusive: boolean
}

/** A run taken, with everything recorded for it. */
export interface Claim {
  readonly run: RunRecord
  /** Empty on a first attempt. By position, then attempt; forgotten failures included. */
  readonly steps: readonly StepRecord[]
}

/** What recovery found. */
export interface RecoverResult {
  readonly claims: readonly Claim[]
  /** Runs that were failed as poison by this call. */
  readonly poisoned: readonly RunRecord[]
}

/** How an attempt ended. */
export type Outcome =
  | { readonly status: 'completed'; readonly outputJson: string | null }
  | { readonly status: 'failed'; readonly errorJson: string }
  /** Asleep until `wakeAt`; null: until something wakes it. */
  | { readonly status: 'suspended'; readonly wakeAt: number | null }
  /** Handed back, claimable at once. */
  | { readonly status: 'released' }

/** The answer of a verb that acts on one run by its id. */
export interface Controlled {
  /** True when this call changed the run. A storage that repeats a call by itself answers for the first one. */
  readonly changed: boolean
  /** The run after the call (before it, for `remove`); null: no such run. */
  readonly run: RunRecord | null
}

/** Which ended runs to delete. */
export interface PurgeRequest {
  readonly statuses: readonly TerminalStatus[]
  readonly finishedBefore: number
  readonly limit: number
}

/** Enough of a run to report about it. */
export interface RunRef {
  readonly id: string
  readonly jobName: string
  readonly labelsJson: string | null
}

/** Which runs to list. Absent or null: no restriction. An empty list matches nothing. */
export interface RunFilter {
  readonly statuses: readonly RunStatus[] | null
  readonly jobNames: readonly string[] | null
  /** All of them must match. */
  readonly labels: Readonly<Record<string, string>> | null
  readonly limit: number
  /** Only runs older than this id. */
  readonly cursor: string | null
}

/** The severity of a log line. */
export type LogLevel = 'info' | 'warn' | 'error'

/** A log line to store. */
export interface NewLogEntry {
  readonly runId: string
  readonly generation: number
  readonly stepName: string | null
  readonly level: LogLevel
  readonly message: string
  readonly dataJson: string | null
  readonly createdAt: number
}

/** A log line as it is stored. */
export interface LogRecord {
  readonly id: string
  readonly runId: string
  readonly stepName: string | null
  readonly level: LogLevel
  readonly message: string
  readonly dataJson: string | null
  readonly createdAt: number
}

/** Which part of a run's log to read. */
export interface LogPage {
  readonly limit: number
  /** Only lines after this id. */
  readonly cursor: string | null
}
