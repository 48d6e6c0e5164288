import { timerScheduler } from '../defaults/timer-scheduler.ts'
import { DurablyError } from '../errors.ts'
import type { Storage } from '../ports/storage.ts'
import { claim, nextDue, recover, renew, wake } from './memory-claims.ts'
import { MemoryDatabase } from './memory-database.ts'
import { getLogs, getRun, getRuns, getSteps } from './memory-queries.ts'
import {
  appendLogs,
  cancel,
  enqueue,
  purge,
  recordProgress,
  recordStep,
  remove,
  retry,
  settle,
} from './memory-writes.ts'

/** What a memory storage may be told. */
export interface MemoryStorageOptions {
  /** Data to work on. Default: new and empty. Two storages on one database behave like two processes on one file. */
  readonly database?: MemoryDatabase
  /** Declares that this host owns the database alone. Default: false. */
  readonly exclusive?: boolean
}

/**
 * The storage port in plain maps: what every verb means, without a database in the way. For tests and as the model other
 * storages are compared with; everything is lost with the process.
 *
 * Like the storages on SQLite it gathers what is submitted in one turn of the event loop and carries it out in the next
 * macrotask, in order; nothing is visible before, and each verb applies as a whole or not at all. One storage object may be
 * given to several Durably instances.
 *
 * @example
 * const database = new MemoryDatabase()
 * const one = createDurably({ storage: memoryStorage({ database }) })
 * const other = createDurably({ storage: memoryStorage({ database }) })
 */
export function memoryStorage(options: MemoryStorageOptions = {}): Storage {
  const database = options.database ?? new MemoryDatabase()
  const turn = new Turn()
  let closing: Promise<void> | null = null

  function submit<Answer>(verb: () => Answer): Promise<Answer> {
    return closing !== null ? Promise.reject(stopped()) : turn.submit(verb)
  }

  function onTables<Answer>(verb: (tables: MemoryDatabase) => Answer): Promise<Answer> {
    return submit(() => {
      if (!database.migrated) throw notMigrated()
      return verb(database)
    })
  }

  return {
    name: 'memory',
    // Shared, since a second instance of this process may work on the same database, and is seen by polling alone.
    capabilities: { persistent: false, shared: true, exclusive: options.exclusive ?? false },
    migrate: () => submit(() => database.migrate()),
    enqueue: (runs, now) => onTables((tables) => enqueue(tables, runs, now)),
    claim: (request) => onTables((tables) => claim(tables, request)),
    recover: (request) => onTables((tables) => recover(tables, request)),
    wake: (jobNames, now) => onTables((tables) => wake(tables, jobNames, now)),
    nextDue: (jobNames) => onTables((tables) => nextDue(tables, jobNames)),
    renew: (leases, now, leaseMs) => onTables((tables) => renew(tables, leases, now, leaseMs)),
    recordStep: (lease, step, now) => onTables((tables) => recordStep(tables, lease, step, now)),
    recordProgress: (lease, progressJson) =>
      onTables((tables) => recordProgress(tables, lease, progressJson)),
    settle: (lease, outcome, now) => onTables((tables) => settle(tables, lease, outcome, now)),
    cancel: (runId, now) => onTables((tables) => cancel(tables, runId, now)),
    retry: (runId) => onTables((tables) => retry(tables, runId)),
    remove: (runId) => onTables((tables) => remove(tables, runId)),
    purge: (request) => onTables((tables) => purge(tables, request)),
    appendLogs: (entries) => onTables((tables) => appendLogs(tables, entries)),
    getRun: (runId) => onTables((tables) => getRun(tables, runId)),
    getRuns: (filter) => onTables((tables) => getRuns(tables, filter)),
    getSteps: (runId) => onTables((tables) => getSteps(tables, runId)),
    getLogs: (runId, page) => onTables((tables) => getLogs(tables, runId, page)),
    close: () => {
      closing ??= turn.submit(() => undefined)
      return closing
    },
  }
}

/** Gathers what is submitted until the next macrotask and carries it out then, in order. */
class Turn {
  #submitted: (() => void)[] = []

  submit<Answer>(act: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const size = this.#submitted.push(() => {
        try {
          resolve(act())
        } catch (error) {
          reject(error)
        }
      })
      if (size === 1) timerScheduler.soon(() => this.#commit())
    })
  }

  #commit(): void {
    const due = this.#submitted
    this.#submitted = []
    for (const act of due) act()
  }
}

function stopped(): DurablyError {
  return new DurablyError(
    'STOPPED',
    'This memory storage was closed. Create another one on the same MemoryDatabase to go on.',
  )
}

function notMigrated(): DurablyError {
  return new DurablyError(
    'NOT_MIGRATED',
    'The tables are absent from this memory database. Call migrate() before anything else.',
  )
}
