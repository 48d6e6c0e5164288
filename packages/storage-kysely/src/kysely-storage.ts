import {
  DurablyError,
  hostRandom,
  isTerminal,
  type Random,
  type RunRecord,
  type Scheduler,
  type Storage,
  timerScheduler,
} from '@durably/core'
import type { Dialect } from 'kysely'
import { dialectDriver } from './dialect-driver.ts'
import type { SqliteDriver } from './driver.ts'
import { claim } from './operations/claim.ts'
import { cancel, retry } from './operations/control.ts'
import { purge, remove } from './operations/delete-runs.ts'
import { enqueue } from './operations/enqueue.ts'
import { renew } from './operations/leases.ts'
import { listRuns } from './operations/list-runs.ts'
import { appendLogs, logsOfRun } from './operations/logs.ts'
import { runById, stepsOfRun } from './operations/queries.ts'
import { recover } from './operations/recover.ts'
import { settle } from './operations/settle.ts'
import { recordProgress, recordStep } from './operations/steps.ts'
import { firstDue, wake } from './operations/timers.ts'
import { type RunRow, toLogRecord, toRunRecord, toStepRecord } from './rows.ts'
import { Session } from './session.ts'
import { UnkeyedRuns } from './unkeyed-runs.ts'

const DEFAULT_BUSY_TIMEOUT_MS = 10_000

/** How to build a storage: with a driver, or with any Kysely dialect for SQLite, and a few settings that have good defaults. */
export type KyselyStorageOptions = KyselyStorageSettings &
  (
    | {
        /** Made for Durably: the fast way. */
        readonly driver: SqliteDriver
        readonly dialect?: undefined
      }
    | {
        /** Any Kysely dialect for SQLite: the compatible way, two to four times slower. See `dialectDriver`. */
        readonly dialect: Dialect
        readonly driver?: undefined
      }
  )

/** What a storage can be told besides its database. */
export interface KyselyStorageSettings {
  /** How long to wait, without blocking, for a database locked by others, before `STORAGE_BUSY`. Default: 10 000. */
  readonly busyTimeoutMs?: number | undefined
  /** How it waits. Default: the host's timers. */
  readonly scheduler?: Scheduler | undefined
  /** What jitters its waits. Default: the host's randomness. */
  readonly random?: Random | undefined
}

/** A storage on SQLite. */
export interface KyselyStorage extends Storage {
  /** Whether or not there is something to watch is known only once the database is open; until then nobody is called. */
  watch(listener: () => void): () => void
  /** A Kysely dialect for queries of your own on the same database; opens it if need be. */
  dialect(): Promise<Dialect>
}

/**
 * Stores runs in SQLite, through a driver or through any Kysely dialect.
 *
 * Returns at once. The database is opened at the first use; a failure to do so rejects that call, and the next one tries again.
 *
 * @throws DurablyError `OPTION_INVALID`
 * @example
 * const storage = kyselyStorage({ dialect: new SqliteDialect({ database: new Database('app.db') }) })
 * const durably = createDurably({ storage })
 */
export function kyselyStorage(options: KyselyStorageOptions): KyselyStorage {
  const driver = options.driver ?? dialectDriver(options.dialect)
  const budgetMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS
  if (!Number.isFinite(budgetMs) || budgetMs < 0) {
    throw new DurablyError(
      'OPTION_INVALID',
      `busyTimeoutMs must be milliseconds of 0 or more, not ${budgetMs}.`,
    )
  }
  const session = new Session(driver, {
    scheduler: options.scheduler ?? driver.scheduler ?? timerScheduler,
    random: options.random ?? hostRandom,
    budgetMs,
  })
  const { persistent, shared, exclusive, outcomeMayBeUnknown } = driver.capabilities
  const unkeyed = new UnkeyedRuns()
  const getRun = async (id: string): Promise<RunRecord | null> => {
    const [row] = runById.rows(await session.read(runById.bind({ id })))
    return row === undefined ? null : toRunRecord(row)
  }

  return {
    name: driver.name,
    capabilities: { persistent, shared, exclusive },
    ...(driver.coordination ? { coordination: driver.coordination } : {}),
    ...(driver.scheduler ? { scheduler: driver.scheduler } : {}),
    migrate: () => session.migrate(),

    enqueue: (runs, now) => (runs.length === 0 ? Promise.resolve([]) : session.commit(enqueue(runs, now))),
    claim: (request) => session.commit(claim(request, (claims) => unkeyed.add(claims))),
    recover: (request) => session.commit(recover(request)),
    wake: (jobNames, now) => session.commit(wake(jobNames, now)),
    renew: (leases, now, leaseMs) =>
      leases.length === 0 ? Promise.resolve([]) : session.commit(renew(leases, now, leaseMs)),
    recordStep: (lease, step, now) => session.commit(recordStep(lease, step, now)),
    recordProgress: (lease, progressJson) => session.commit(recordProgress(lease, progressJson)),
    settle: (lease, outcome, now) => session.commit(settle(lease, outcome, now, !unkeyed.take(lease.runId))),
    cancel: (runId, now) => session.commit(cancel(runId, now)),
    retry: (runId, now) => session.commit(retry(runId, now)),
    async remove(runId) {
      // Read beside it, for a deletion that is repeated after a lost answer: it finds nothing left to answer with.
      const before = outcomeMayBeUnknown ? getRun(runId).catch(() => null) : null
      const [removed, found] = await Promise.all([session.commit(remove(runId)), before])
      const { changed, run, mayBeOurs } = removed
      const isOurs = run === null && mayBeOurs && found !== null && isTerminal(found.status)
      return isOurs ? { changed: true, run: found } : { changed, run }
    },
    purge: (request) => session.commit(purge(request)),
    appendLogs: (entries) => (entries.length === 0 ? Promise.resolve() : session.commit(appendLogs(entries))),

    async nextDue(jobNames) {
      const result = await session.read(firstDue.bind({ jobs: JSON.stringify(jobNames) }))
      return firstDue.rows(result)[0]?.due ?? null
    },
    getRun,
    async getRuns(filter) {
      const statement = listRuns(filter)
      if (statement === null) return []
      const { rows } = await session.read(statement)
      return (rows as unknown as readonly RunRow[]).map(toRunRecord)
    },
    async getSteps(id) {
      return stepsOfRun.rows(await session.read(stepsOfRun.bind({ id }))).map(toStepRecord)
    },
    async getLogs(id, { limit, cursor }) {
      const result = await session.read(
        logsOfRun.bind({ id, after: cursor ?? '', limit: Math.max(0, limit) }),
      )
      return logsOfRun.rows(result).map(toLogRecord)
    },

    watch: (listener) => session.watch(listener),
    dialect: async () => (await session.connection()).dialect,
    close: () => session.close(),
  }
}
