import { DurablyError } from '@durably/core'
import {
  BatchError,
  type QueryResult,
  type SqliteConnection,
  type SqliteDriver,
  type Statement,
} from './driver.ts'
import type { Operation } from './operation.ts'
import { type Patience, persist } from './patience.ts'
import { failureOf, toDurablyError } from './sql-errors.ts'

/** What one commit takes, in units of `Operation.weight`: a few milliseconds, so that timers and handlers get their turn. */
export const MAX_WEIGHT = 256

/** Between attempts at a locked database. */
const LONGEST_BUSY_WAIT_MS = 16
/** Between attempts at a database whose answer was lost. */
const LONGEST_UNKNOWN_WAIT_MS = 1000

/** What a commit queue needs. */
export interface CommitQueueOptions extends Patience {
  readonly driver: Pick<SqliteDriver, 'name' | 'capabilities'>
  readonly connection: SqliteConnection
}

interface Entry {
  readonly operation: Operation<unknown>
  /** Composed once: a repeated commit repeats the same statements. */
  statements: readonly Statement[]
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers the operations submitted in one turn of the event loop, and those that arrive while a commit is in flight, and commits
 * them together. A promise resolves after the commit that holds its change.
 *
 * The flush is always the next macrotask: everything that became ready in this turn is in it, however deep its awaits, and
 * between two commits timers and handlers run, also with a driver that never really waits.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions
  #waiting: Entry[] = []
  /** From the moment a flush is planned until nothing is waiting. */
  #active = false
  #whenIdle: (() => void)[] = []

  constructor(options: CommitQueueOptions) {
    this.#options = options
  }

  /** Resolves with the operation's answer, after its commit. */
  submit<T>(operation: Operation<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ operation, statements: [], resolve: resolve as (value: unknown) => void, reject })
      if (!this.#active) this.#plan()
    })
  }

  /** Resolves when nothing is waiting or in flight any more. */
  drain(): Promise<void> {
    return this.#active ? new Promise((resolve) => this.#whenIdle.push(resolve)) : Promise.resolve()
  }

  #plan(): void {
    this.#active = true
    this.#options.scheduler.soon(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    await this.#commit(compose(this.#take(), this.#options.driver.capabilities.countsChanges === true))
    if (this.#waiting.length > 0) return this.#plan()
    this.#active = false
    const idle = this.#whenIdle
    this.#whenIdle = []
    for (const resolve of idle) resolve()
  }

  /** The oldest entries that fit into one commit; one that does not fit any travels alone. */
  #take(): readonly Entry[] {
    const waiting = this.#waiting
    let weight = 0
    let count = 0
    for (; count < waiting.length; count++) {
      weight += (waiting[count] as Entry).operation.weight
      if (count > 0 && weight > MAX_WEIGHT) break
    }
    if (count === waiting.length) {
      this.#waiting = []
      return waiting
    }
    return waiting.splice(0, count)
  }

  /** Commits the entries and answers each of them. Never rejects. */
  async #commit(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const statements =
      entries.length === 1 ? (entries[0] as Entry).statements : entries.flatMap((entry) => entry.statements)
    let results: readonly QueryResult[]
    let repeated = false
    try {
      results = await persist(
        this.#options,
        () => this.#options.connection.batch(statements),
        (error) => {
          if (!isUnknown(error)) return failureOf(error) === 'busy' ? LONGEST_BUSY_WAIT_MS : null
          repeated = true
          return LONGEST_UNKNOWN_WAIT_MS
        },
      )
    } catch (error) {
      const isBusyNow = repeated && failureOf(error) === 'busy'
      return this.#part(entries, isBusyNow ? lost(error) : error)
    }
    answer(entries, results, repeated)
  }

  /** After a failure that is final: finds the guilty operation, and gives the others another commit. */
  async #part(entries: readonly Entry[], error: unknown): Promise<void> {
    if (entries.length === 1 || concernsAll(error)) {
      const reason = this.#reason(error)
      for (const entry of entries) entry.reject(reason)
      return
    }
    const guilty = error instanceof BatchError ? ownerOf(entries, error.statementIndex) : undefined
    if (guilty === undefined) {
      const half = entries.length >> 1
      await this.#commit(entries.slice(0, half))
      return this.#commit(entries.slice(half))
    }
    await this.#commit(entries.filter((entry) => entry !== guilty))
    // Once more by itself: perhaps only a neighbour made it fail.
    return this.#commit([guilty])
  }

  #reason(error: unknown): DurablyError {
    if (!isUnknown(error)) return toDurablyError(error, this.#options.driver.name)
    return new DurablyError(
      'STORAGE_IO',
      `The connection to the database (${this.#options.driver.name}) broke before it answered, several times. The change may have been made or not; the call can be repeated. It said: ${String((error as Error).message)}`,
      { cause: error },
    )
  }
}

/** The entries with their statements. One that cannot be composed is answered at once and left out. */
function compose(entries: readonly Entry[], countsChanges: boolean): readonly Entry[] {
  let failed: Set<Entry> | undefined
  for (const entry of entries) {
    try {
      entry.statements = entry.operation.compose(countsChanges)
    } catch (error) {
      failed ??= new Set()
      failed.add(entry)
      entry.reject(error)
    }
  }
  return failed === undefined ? entries : entries.filter((entry) => !failed.has(entry))
}

function answer(entries: readonly Entry[], results: readonly QueryResult[], repeated: boolean): void {
  let start = 0
  for (const { operation, statements, resolve, reject } of entries) {
    const end = start + statements.length
    try {
      resolve(operation.read(results.slice(start, end), repeated))
    } catch (error) {
      reject(error)
    }
    start = end
  }
}

function ownerOf(entries: readonly Entry[], statementIndex: number | null): Entry | undefined {
  if (statementIndex === null) return undefined
  let end = 0
  return entries.find((entry) => {
    end += entry.statements.length
    return statementIndex < end
  })
}

/** That the database is busy now says nothing about an attempt before, whose answer was lost. */
function lost(error: unknown): BatchError {
  return new BatchError(error, { statementIndex: null, outcomeUnknown: true })
}

function isUnknown(error: unknown): boolean {
  return error instanceof BatchError && error.outcomeUnknown
}

/** Does the failure say something about the database, or the way there, and nothing about a statement? */
function concernsAll(error: unknown): boolean {
  if (isUnknown(error)) return true
  // The driver has explained it already.
  if (error instanceof BatchError && error.statementIndex === null && error.cause instanceof DurablyError)
    return true
  const failure = failureOf(error)
  return failure !== 'refused' && failure !== 'too-large' && failure !== 'other'
}
