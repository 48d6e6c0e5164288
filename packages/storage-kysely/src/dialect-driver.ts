import { CompiledQuery, type Dialect, Kysely } from 'kysely'
import {
  BatchError,
  type QueryResult,
  type Row,
  type SqliteConnection,
  type SqliteDriver,
  type Statement,
} from './driver.ts'
import { failureOf } from './sql-errors.ts'

/**
 * Takes the write lock and changes nothing. Many dialects begin a deferred transaction, which would take the lock at its first
 * write only, and would fail for good, not for the moment, if another process wrote in between.
 */
const TAKE_WRITE_LOCK = 'UPDATE durably_schema_versions SET version = version WHERE version < 0'

/**
 * Any Kysely dialect for SQLite as a driver.
 *
 * It works with what every dialect has, so statements are prepared anew each time and transactions are the dialect's own. The
 * settings of the connection are the dialect's business: use WAL, `synchronous` FULL or NORMAL, and a short busy timeout. Hand in
 * a dialect that has its connection to itself: queries of an application on the same connection could fall into our transactions.
 * Closing the storage closes the dialect.
 */
export function dialectDriver(dialect: Dialect): SqliteDriver {
  return {
    name: 'kysely dialect',
    capabilities: {
      persistent: true,
      shared: true,
      exclusive: false,
      // Nothing is known about what lies behind it; it may be a network.
      outcomeMayBeUnknown: true,
    },
    open: async () => new DialectConnection(dialect),
  }
}

class DialectConnection implements SqliteConnection {
  readonly dialect: Dialect
  readonly #db: Kysely<unknown>

  constructor(dialect: Dialect) {
    this.dialect = dialect
    this.#db = new Kysely<unknown>({ dialect })
  }

  async batch(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    const results: QueryResult[] = []
    let running: number | null = null
    try {
      // Inside, only `transaction` is used: Kysely's lock on the connection is held, and asking `#db` would wait for itself.
      await this.#db.transaction().execute(async (transaction) => {
        if (!createsTables(statements)) await transaction.executeQuery(CompiledQuery.raw(TAKE_WRITE_LOCK))
        for (running = 0; running < statements.length; running++) {
          const { sql, parameters, late } = statements[running] as Statement
          const values = late === undefined ? parameters : late(results)
          const { rows } = await transaction.executeQuery(CompiledQuery.raw(sql, [...values]))
          results.push({ rows: rows as Row[] })
        }
        running = null
      })
    } catch (error) {
      // What is no error of SQLite may be one of the way there; then the answer is missing, not the change.
      throw new BatchError(error, { statementIndex: running, outcomeUnknown: failureOf(error) === 'other' })
    }
    return results
  }

  async query({ sql, parameters }: Statement): Promise<QueryResult> {
    const { rows } = await this.#db.executeQuery(CompiledQuery.raw(sql, [...parameters]))
    return { rows: rows as Row[] }
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}

/** The first migration: the table of the lock statement is not there yet, and its own first statement is a write. */
function createsTables([first]: readonly Statement[]): boolean {
  return first !== undefined && /^\s*create\b/i.test(first.sql)
}
