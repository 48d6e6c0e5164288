import type { Duration } from '../duration.ts'
import { toMilliseconds } from '../duration.ts'
import { DurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { JsonValue } from '../json.ts'
import { optionError, requireCount } from '../options.ts'
import type { Clock } from '../ports/clock.ts'
import type { LogLevel, RunFilter, Storage } from '../ports/storage.ts'
import { toIso } from '../run/iso-time.ts'
import {
  isTerminal,
  RUN_STATUSES,
  type RunStatus,
  TERMINAL_STATUSES,
  type TerminalStatus,
} from '../run/lifecycle.ts'
import type { RunRecord } from '../run/records.ts'
import { type Run, type Step, toLabels, toRun, toStep } from '../run/run.ts'
import { found, requireId } from './existing-run.ts'
import type { RunsFilter } from './job-handle.ts'

/** Which runs to list, of any job. */
export interface AnyRunsFilter extends RunsFilter {
  readonly jobName?: string | readonly string[] | undefined
}

/** A stored log line. */
export interface LogLine {
  readonly id: string
  readonly runId: string
  readonly stepName: string | null
  readonly level: LogLevel
  readonly message: string
  readonly data: JsonValue | undefined
  readonly timestamp: string
}

/** Which part of a run's log to read. */
export interface LogsPage {
  /** At most 10,000. Default 1,000. */
  readonly limit?: number | undefined
  /** The id of the last line of the page before. */
  readonly cursor?: string | undefined
}

/** Which ended runs to delete. */
export interface PurgeOptions {
  /** How long ago a run must have ended: milliseconds, or `'30d'`. */
  readonly olderThan: Duration
  /** Default: all of them. */
  readonly status?: TerminalStatus | readonly TerminalStatus[] | undefined
  /** At most this many, oldest first. Default: all there are, deleted in pieces of 100. */
  readonly limit?: number | undefined
}

const MAX_LIST = 1_000
const DEFAULT_LIST = 50
const MAX_LOG_PAGE = 10_000
const DEFAULT_LOG_PAGE = 1_000
const PURGE_PIECE = 100

/** What the questions and orders need. */
export interface RunsPorts {
  readonly storage: Storage
  readonly clock: Clock
  readonly bus: EventBus
  /** Wakes the worker of this instance. */
  readonly nudge: () => void
  /** Tells the worker of this instance that a run it may be executing was cancelled. */
  readonly interrupt: (runId: string) => void
  /** Checks stored input against today's schema of its job, where the job is registered. */
  readonly checkInput: (record: RunRecord) => Promise<void>
}

/** Asks about runs and orders them about: everything that needs no handler. */
export class Runs {
  readonly #ports: RunsPorts

  constructor(ports: RunsPorts) {
    this.#ports = ports
  }

  async get(runId: string): Promise<Run | null> {
    const record = await this.#ports.storage.getRun(requireId(runId))
    return record && toRun(record)
  }

  async list(filter: AnyRunsFilter = {}): Promise<Run[]> {
    const records = await this.#ports.storage.getRuns(toRunFilter(filter))
    return records.map(toRun)
  }

  async steps(runId: string): Promise<Step[]> {
    return (await this.#ports.storage.getSteps(requireId(runId))).map(toStep)
  }

  async logs(runId: string, page: LogsPage = {}): Promise<LogLine[]> {
    const limit = page.limit ?? DEFAULT_LOG_PAGE
    requireLimit(limit, MAX_LOG_PAGE)
    const records = await this.#ports.storage.getLogs(requireId(runId), {
      limit,
      cursor: page.cursor ?? null,
    })
    return records.map((record) => ({
      id: record.id,
      runId: record.runId,
      stepName: record.stepName,
      level: record.level,
      message: record.message,
      data: readLogData(record.dataJson),
      timestamp: toIso(record.createdAt),
    }))
  }

  async cancel(runId: string): Promise<Run> {
    const { storage, clock, bus, interrupt, nudge } = this.#ports
    const { changed, run } = await storage.cancel(requireId(runId), clock.now())
    const record = found(run, runId)
    if (changed) {
      interrupt(runId)
      bus.publish('run:cancel', () => about(record))
      nudge()
    } else if (record.status !== 'cancelled') throw conflict('cancelled', record)
    return toRun(record)
  }

  async retry(runId: string): Promise<Run> {
    const { storage, clock, bus, nudge } = this.#ports
    await this.checked(runId)
    const { changed, run } = await storage.retry(runId, clock.now())
    const record = found(run, runId)
    if (!changed) throw conflict('retried', record)
    bus.publish('run:retry', () => about(record))
    nudge()
    return toRun(record)
  }

  /** A stored run whose input fits today's schema of its job. */
  async checked(runId: string): Promise<RunRecord> {
    const record = found(await this.#ports.storage.getRun(requireId(runId)), runId)
    await this.#ports.checkInput(record)
    return record
  }

  async remove(runId: string): Promise<void> {
    const { storage, bus } = this.#ports
    const { changed, run } = await storage.remove(requireId(runId))
    const record = found(run, runId)
    if (!changed) throw conflict('deleted', record)
    bus.publish('run:delete', () => about(record))
  }

  async purge(options: PurgeOptions): Promise<number> {
    const finishedBefore = this.#ports.clock.now() - toMilliseconds(options.olderThan, 'olderThan')
    const statuses = toList(options.status, 'status', TERMINAL_STATUSES) ?? TERMINAL_STATUSES
    if (options.limit !== undefined) requireCount('limit', options.limit)
    let left = options.limit ?? Number.POSITIVE_INFINITY
    let purged = 0
    while (left > 0) {
      const piece = Math.min(left, PURGE_PIECE)
      const gone = await this.#purgePiece(statuses, finishedBefore, piece)
      purged += gone
      left -= gone
      if (gone < piece) break
    }
    return purged
  }

  /** One bounded piece of automatic retention; answers whether there may be more. */
  async expire(retainMs: number): Promise<boolean> {
    return (
      (await this.#purgePiece(TERMINAL_STATUSES, this.#ports.clock.now() - retainMs, PURGE_PIECE)) ===
      PURGE_PIECE
    )
  }

  async #purgePiece(
    statuses: readonly TerminalStatus[],
    finishedBefore: number,
    limit: number,
  ): Promise<number> {
    const gone = await this.#ports.storage.purge({ statuses, finishedBefore, limit })
    for (const { id, jobName, labelsJson } of gone) {
      this.#ports.bus.publish('run:delete', () => ({ runId: id, jobName, labels: toLabels(labelsJson) }))
    }
    return gone.length
  }
}

function conflict(wanted: string, record: RunRecord): DurablyError {
  const hint = isTerminal(record.status) ? '' : ' Cancel it first, or wait for its end.'
  return new DurablyError(
    'CONFLICT',
    `Run ${record.id} of job "${record.jobName}" is ${record.status} and cannot be ${wanted}.${hint}`,
    { details: { runId: record.id, status: record.status } },
  )
}

function about(record: RunRecord) {
  return { runId: record.id, jobName: record.jobName, labels: toLabels(record.labelsJson) }
}

function readLogData(dataJson: string | null): JsonValue | undefined {
  if (dataJson === null) return undefined
  try {
    return JSON.parse(dataJson) as JsonValue
  } catch {
    return '[unreadable]'
  }
}

function toRunFilter(filter: AnyRunsFilter): RunFilter {
  const limit = filter.limit ?? DEFAULT_LIST
  requireLimit(limit, MAX_LIST)
  return {
    statuses: toList<RunStatus>(filter.status, 'status', RUN_STATUSES),
    jobNames: toList(filter.jobName, 'jobName'),
    labels: filter.labels && Object.keys(filter.labels).length > 0 ? { ...filter.labels } : null,
    limit,
    cursor: filter.cursor ?? null,
  }
}

function requireLimit(limit: unknown, max: number): void {
  requireCount('limit', limit)
  if (limit > max) throw optionError('limit', `must be at most ${max}; use "cursor" for the next page`, limit)
}

function toList<T extends string>(
  given: T | readonly T[] | undefined,
  option: string,
  known?: readonly T[],
): readonly T[] | null {
  if (given === undefined) return null
  const list = typeof given === 'string' ? [given] : [...given]
  for (const value of list) {
    if (typeof value !== 'string' || (known && !known.includes(value))) {
      throw optionError(option, known ? `must be one of ${known.join(', ')}` : 'must be text', value)
    }
  }
  return list
}
