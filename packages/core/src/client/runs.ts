import { type Duration, toMilliseconds } from '../duration.ts'
import { DurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { Registry } from '../job/registry.ts'
import { validate } from '../job/validate.ts'
import { type JsonValue, parse } from '../json.ts'
import { optionError, requireCount } from '../options.ts'
import type { Clock } from '../ports/clock.ts'
import type { Controlled, LogLevel, LogPage, RunFilter, Storage } from '../ports/storage.ts'
import { toIso } from '../run/iso-time.ts'
import { RUN_STATUSES, type RunStatus, TERMINAL_STATUSES, type TerminalStatus } from '../run/lifecycle.ts'
import type { RunRecord } from '../run/records.ts'
import { aboutRun, type Run, type Step, toRun, toStep } from '../run/run.ts'
import type { Settings } from '../settings.ts'
import { found, requireId } from './existing-run.ts'
import type { RunsFilter } from './job-handle.ts'

/** Which runs to list, of any job. */
export interface AnyRunsFilter extends RunsFilter {
  /** One of them, or several. Default: all. */
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

/** What to do instead of an order that a run's status does not allow. */
const ADVICE = { cancel: '', retry: ' Use retrigger for a new run.', delete: ' Cancel it first.' }
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
  readonly registry: Registry
  readonly settings: Settings
  /** Wakes the worker of this instance. */
  readonly nudge: (dueAt: number | null) => void
  /** Tells the worker of this instance that a run it may be executing was cancelled. */
  readonly interrupt: (runId: string) => void
  /** Lets plugins write the lines they hold back. */
  readonly writeLogs: () => Promise<void>
}

/** Asks about runs and orders them about: everything that needs no handler. */
export type Runs = ReturnType<typeof createRuns>

export function createRuns(ports: RunsPorts) {
  const { storage, clock, bus, registry, settings, nudge, interrupt, writeLogs } = ports

  const getRun = async (runId: string): Promise<Run | null> => {
    const record = await storage.getRun(requireId(runId))
    return record && toRun(record)
  }

  const getRuns = async (filter: AnyRunsFilter = {}): Promise<Run[]> =>
    (await storage.getRuns(toRunFilter(filter))).map(toRun)

  /** A stored run whose input fits today's schema of its job, where the job is registered. */
  const getChecked = async (runId: string): Promise<RunRecord> => {
    const record = found(await storage.getRun(requireId(runId)), runId)
    const { jobName, inputJson } = record
    const job = registry.get(jobName)
    if (job?.input) await validate(job, 'input', parse(inputJson || null, 'input'), { jobName })
    return record
  }

  /** Tells what an order has changed. @throws DurablyError `NOT_FOUND`, `CONFLICT` */
  const order = (verb: keyof typeof ADVICE, runId: string, answer: Controlled): Run => {
    const record = found(answer.run, runId)
    const { jobName, status } = record
    if (answer.changed) {
      if (verb === 'cancel') interrupt(runId)
      bus.publish(`run:${verb}`, () => aboutRun(record))
      if (verb !== 'delete') nudge(null)
    } else if (verb !== 'cancel' || status !== 'cancelled')
      throw new DurablyError(
        'CONFLICT',
        `Cannot ${verb} run ${runId} of job "${jobName}": it is ${status}.${ADVICE[verb]}`,
        { details: { runId, status } },
      )
    return toRun(record)
  }

  const purgePiece = async (
    statuses: readonly TerminalStatus[],
    finishedBefore: number,
    limit: number,
  ): Promise<number> => {
    const gone = await storage.purge({ statuses, finishedBefore, limit })
    for (const run of gone) bus.publish('run:delete', () => aboutRun(run))
    return gone.length
  }

  return {
    getRun,
    getRuns,
    getChecked,

    getFailedRuns: (filter?: AnyRunsFilter) => getRuns({ ...filter, status: 'failed' }),

    getSteps: async (runId: string): Promise<Step[]> =>
      (await storage.getSteps(requireId(runId))).map(toStep),

    async getLogs(runId: string, page: LogsPage = {}): Promise<LogLine[]> {
      await writeLogs()
      const records = await storage.getLogs(requireId(runId), readPage(page, MAX_LOG_PAGE, DEFAULT_LOG_PAGE))
      return records.map(({ dataJson, createdAt, ...line }) => ({
        ...line,
        data: readLogData(dataJson),
        timestamp: toIso(createdAt),
      }))
    },

    cancel: async (runId: string): Promise<Run> =>
      order('cancel', runId, await storage.cancel(requireId(runId), clock.now())),

    async retry(runId: string): Promise<Run> {
      await getChecked(runId)
      return order('retry', runId, await storage.retry(runId, clock.now()))
    },

    async deleteRun(runId: string): Promise<void> {
      order('delete', runId, await storage.remove(requireId(runId)))
    },

    async purge({ olderThan, status, limit }: PurgeOptions): Promise<number> {
      const finishedBefore = clock.now() - toMilliseconds(olderThan, 'olderThan')
      const statuses = toList(status, 'status', TERMINAL_STATUSES) ?? TERMINAL_STATUSES
      if (limit !== undefined) requireCount('limit', limit)
      let purged = 0
      for (;;) {
        const piece = Math.min((limit ?? Infinity) - purged, PURGE_PIECE)
        const gone = await purgePiece(statuses, finishedBefore, piece)
        purged += gone
        if (gone < piece || purged === limit) return purged
      }
    },

    /** One bounded piece of automatic retention; answers whether there may be more. */
    async expire(): Promise<boolean> {
      const finishedBefore = clock.now() - (settings.retainMs ?? 0)
      return (await purgePiece(TERMINAL_STATUSES, finishedBefore, PURGE_PIECE)) === PURGE_PIECE
    },
  }
}

function readLogData(dataJson: string | null): JsonValue | undefined {
  try {
    return parse(dataJson, 'log data') as JsonValue | undefined
  } catch {
    return '[unreadable]'
  }
}

function toRunFilter({ status, jobName, labels, ...page }: AnyRunsFilter): RunFilter {
  for (const [name, value] of Object.entries(labels ?? {})) requireText(`label ${name}`, value)
  return {
    statuses: toList<RunStatus>(status, 'status', RUN_STATUSES),
    jobNames: toList(jobName, 'jobName'),
    labels: labels && Object.keys(labels).length > 0 ? { ...labels } : null,
    ...readPage(page, MAX_LIST, DEFAULT_LIST),
  }
}

function readPage({ limit, cursor }: LogsPage, max: number, standard: number): LogPage {
  const chosen = limit ?? standard
  requireCount('limit', chosen)
  if (chosen > max) throw optionError('limit', `at most ${max}, then use "cursor"`, chosen)
  if (cursor !== undefined) requireText('cursor', cursor)
  return { limit: chosen, cursor: cursor ?? null }
}

function requireText(option: string, value: unknown): void {
  if (typeof value !== 'string') throw optionError(option, 'text', value)
}

function toList<T extends string>(
  given: T | readonly T[] | undefined,
  option: string,
  known?: readonly T[],
): readonly T[] | null {
  if (given === undefined) return null
  const list: readonly T[] = Array.isArray(given) ? [...given] : [given]
  for (const value of list) {
    requireText(option, value)
    if (known && !known.includes(value)) throw optionError(option, `one of ${known.join(', ')}`, value)
  }
  return list
}
