import type { Durability } from '@durably/synchronous-driver'
import type { Database } from 'better-sqlite3'

/** Which database to use: a file of its own connection, or a connection the application has. */
export type BetterSqlite3Options = PathOptions | DatabaseOptions

interface PathOptions {
  /** A file, made where there is none (its folder must exist), or `:memory:`. */
  readonly path: string
  /**
   * What a commit survives: `full` a power loss, `process` a killed process. Default: `full`. Means nothing in memory.
   */
  readonly durability?: Durability | undefined
  readonly database?: undefined
}

interface DatabaseOptions {
  /**
   * A connection the application opened and closes. Its settings are left alone: give it WAL, `synchronous = FULL`,
   * `temp_store = memory`, and a `timeout` of at most 5 ms, since a longer one blocks the event loop. Durably waits while a
   * transaction of the application is open on it.
   */
  readonly database: Database
  readonly path?: undefined
  readonly durability?: undefined
}
