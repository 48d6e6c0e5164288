import { DurablyError, type StopWatching } from '@durably/core'
import { CommitQueue } from './commit-queue.ts'
import type { QueryResult, SqliteConnection, SqliteDriver, Statement } from './driver.ts'
import { migrate } from './migrations/migrate.ts'
import { type Reader, requireSchema } from './migrations/schema-version.ts'
import type { Operation } from './operation.ts'
import { type Patience, persist } from './patience.ts'
import { failureOf, toDurablyError } from './sql-errors.ts'

interface Opened {
  readonly connection: SqliteConnection
  readonly queue: CommitQueue
}

/** Between attempts to open or read a database that is locked for a moment. */
const LONGEST_BUSY_WAIT_MS = 16

/**
 * The life of one connection: opened at the first use, checked for its schema before the first read or write, closed once.
 *
 * What fails is not remembered. The next call opens, or checks, again, so a folder that appears and a migration by another
 * process are noticed without a restart.
 */
export class Session {
  readonly #driver: SqliteDriver
  readonly #patience: Patience
  #opening: Promise<Opened> | null = null
  #checking: Promise<Opened> | null = null
  /** Set once both have succeeded, so that the way of every later call is free of promises. */
  #ready: Opened | null = null
  /** Open, whether or not its schema was checked: enough for a watch. */
  #connection: SqliteConnection | null = null
  #closing: Promise<void> | null = null
  /** What `close()` has to wait for besides the queue. */
  readonly #running = new Set<Promise<unknown>>()
  readonly #onOpen = new Set<(connection: SqliteConnection) => void>()

  constructor(driver: SqliteDriver, patience: Patience) {
    this.#driver = driver
    this.#patience = patience
  }

  /** The connection, opened. */
  async connection(): Promise<SqliteConnection> {
    if (this.#closing !== null) throw this.#stopped()
    return (await this.#open()).connection
  }

  /** Executes a verb that writes, together with whatever else is submitted in this turn. */
  commit<T>(operation: Operation<T>): Promise<T> {
    if (this.#closing !== null) return Promise.reject(this.#stopped())
    if (this.#ready !== null) return this.#ready.queue.submit(operation)
    return this.#check().then(({ queue }) => queue.submit(operation))
  }

  /** Executes one reading statement, beside the queue. */
  read(statement: Statement): Promise<QueryResult> {
    return this.#track(async () => {
      const { connection } = this.#ready ?? (await this.#check())
      return this.#reader(connection)(statement)
    })
  }

  migrate(): Promise<void> {
    return this.#track(async () => {
      const { connection, queue } = await this.#open()
      await migrate(this.#reader(connection), (operation) => queue.submit(operation))
    })
  }

  /** Listens to the connection's own watch, if it has one, from the moment it is open. */
  watch(listener: () => void): StopWatching {
    let stop: StopWatching | undefined
    const attach = (connection: SqliteConnection) => {
      stop = connection.watch?.(listener)
    }
    if (this.#connection !== null) attach(this.#connection)
    else this.#onOpen.add(attach)
    return () => {
      this.#onOpen.delete(attach)
      stop?.()
      stop = undefined
    }
  }

  /** Waits for what was called before, then closes the connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#running, this.#checking, this.#opening])
    const opened = await this.#opening
    if (opened === null) return
    await opened.queue.drain()
    await opened.connection.close()
  }

  #open(): Promise<Opened> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  async #connect(): Promise<Opened> {
    const connection = await this.#whileBusy(() => this.#driver.open())
    const queue = new CommitQueue({ ...this.#patience, driver: this.#driver, connection })
    this.#connection = connection
    for (const attach of this.#onOpen) attach(connection)
    this.#onOpen.clear()
    return { connection, queue }
  }

  #check(): Promise<Opened> {
    this.#checking ??= this.#openChecked().finally(() => {
      this.#checking = null
    })
    return this.#checking
  }

  async #openChecked(): Promise<Opened> {
    const opened = await this.#open()
    await requireSchema(this.#reader(opened.connection))
    this.#ready = opened
    return opened
  }

  #reader(connection: SqliteConnection): Reader {
    return (statement) => this.#whileBusy(() => connection.query(statement))
  }

  async #whileBusy<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await persist(this.#patience, attempt, (error) =>
        failureOf(error) === 'busy' ? LONGEST_BUSY_WAIT_MS : null,
      )
    } catch (error) {
      throw toDurablyError(error, this.#driver.name)
    }
  }

  #track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) return Promise.reject(this.#stopped())
    const running = work()
    this.#running.add(running)
    const forget = () => this.#running.delete(running)
    running.then(forget, forget)
    return running
  }

  #stopped(): DurablyError {
    return new DurablyError(
      'STOPPED',
      `The storage (${this.#driver.name}) was closed. Create a new one to go on.`,
    )
  }
}
