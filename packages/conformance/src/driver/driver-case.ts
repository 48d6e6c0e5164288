import { timerScheduler } from '@durably/core'
import type {
  Row,
  SqliteCapabilities,
  SqliteConnection,
  SqliteDriver,
  SqlValue,
  Statement,
} from '@durably/storage-kysely'
import { BatchError, failureOf } from '@durably/storage-kysely'
import { ConformanceError } from '../expect.ts'
import type { Runner } from '../runner.ts'

/** A driver to prove, on a database of its own. */
export interface DriverSubject {
  readonly driver: SqliteDriver
  /** Makes another driver on the same database. Needed where the capabilities say `persistent` or `shared`. */
  readonly another?: () => SqliteDriver
  /** Deletes what is left once every connection was closed. */
  readonly dispose?: () => Promise<void>
}

/** Makes a driver on a new, empty database that nothing else uses. Called once a case. */
export type CreateDriver = () => Promise<DriverSubject>

/** Declares one case of the suite. */
export type DefineDriverCase = (
  name: string,
  body: (bench: DriverBench) => Promise<void>,
  terms?: DriverCaseTerms,
) => void

/** Under which conditions a case runs. */
export interface DriverCaseTerms {
  /** Skipped when the driver does not declare this capability. */
  readonly needs?: keyof SqliteCapabilities
  /** Skipped when the driver declares this capability. */
  readonly unless?: keyof SqliteCapabilities
}

/** How often a busy database is tried again before a case gives up, a few milliseconds apart. */
const BUSY_ATTEMPTS = 500

/** Declares cases that each get a connection of their own with a table `items`, and close it whatever happens. */
export function driverCases(runner: Runner, create: CreateDriver): DefineDriverCase {
  return (name, body, { needs, unless } = {}) => {
    runner.it(name, async (context) => {
      const subject = await create()
      const bench = new DriverBench(subject, await subject.driver.open())
      try {
        if (needs && !subject.driver.capabilities[needs]) {
          context.skip(`${subject.driver.name} does not declare "${needs}"`)
          return
        }
        if (unless && subject.driver.capabilities[unless]) {
          context.skip(`${subject.driver.name} declares "${unless}"`)
          return
        }
        await bench.connection.batch([
          write('CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT'),
        ])
        await body(bench)
      } finally {
        await bench.closeAll()
        await subject.dispose?.()
      }
    })
  }
}

/** A statement that answers no rows. */
export function write(sql: string, ...parameters: SqlValue[]): Statement {
  return { sql, parameters, returnsRows: false }
}

/** A statement that answers rows. */
export function read(sql: string, ...parameters: SqlValue[]): Statement {
  return { sql, parameters, returnsRows: true }
}

/** Adds to the table of the cases. */
export function addItem(name: string): Statement {
  return write('INSERT INTO items (name) VALUES (+?)', name)
}

/** What a case works with. */
export class DriverBench {
  readonly connection: SqliteConnection
  readonly capabilities: SqliteCapabilities
  readonly #subject: DriverSubject
  readonly #opened: SqliteConnection[]

  constructor(subject: DriverSubject, connection: SqliteConnection) {
    this.#subject = subject
    this.connection = connection
    this.capabilities = subject.driver.capabilities
    this.#opened = [connection]
  }

  /** The rows of one reading statement. */
  async rows(sql: string, ...parameters: SqlValue[]): Promise<readonly Row[]> {
    return (await this.connection.query(read(sql, ...parameters))).rows.map((row) => ({ ...row }))
  }

  /** The names in the table of the cases, in alphabetical order. */
  async items(): Promise<readonly SqlValue[]> {
    return (await this.rows('SELECT name FROM items ORDER BY name')).map((row) => row['name'] ?? null)
  }

  /** A connection of another driver on the same database. */
  async openAnother(): Promise<SqliteConnection> {
    if (!this.#subject.another) {
      throw new ConformanceError(
        `${this.#subject.driver.name} declares "persistent" or "shared", so create() must return another() too.`,
      )
    }
    const connection = await this.#subject.another().open()
    this.#opened.push(connection)
    return connection
  }

  async closeAll(): Promise<void> {
    for (const connection of this.#opened) await connection.close()
  }
}

/** The error a batch rejects with. */
export async function failureOfBatch(
  connection: SqliteConnection,
  statements: readonly Statement[],
): Promise<BatchError> {
  try {
    await connection.batch(statements)
  } catch (error) {
    if (error instanceof BatchError) return error
    throw new ConformanceError(`A failed batch must reject with a BatchError, but it was ${String(error)}`, {
      cause: error,
    })
  }
  throw new ConformanceError('The batch was expected to fail, but it resolved')
}

/** Repeats a batch while the database is busy, as the storage does. */
export async function batchPatiently(
  connection: SqliteConnection,
  statements: readonly Statement[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.batch(statements)
      return
    } catch (error) {
      if (failureOf(error) !== 'busy' || attempt === BUSY_ATTEMPTS) throw error
      await new Promise<void>((resolve) => timerScheduler.after(5, resolve))
    }
  }
}
