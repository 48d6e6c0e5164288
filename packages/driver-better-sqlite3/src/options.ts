import type { Durability, SynchronousDatabase, SynchronousStatement } from '@durably/synchronous-driver'

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
  readonly database: HandedInDatabase
  readonly path?: undefined
  readonly durability?: undefined
}

/** What is used of a `Database` of better-sqlite3; stated here, so that its types need not be installed. */
export interface HandedInDatabase extends SynchronousDatabase {
  readonly open: boolean
  readonly readonly: boolean
  readonly memory: boolean
  readonly name: string
  prepare(sql: string): SynchronousStatement & { safeIntegers(toggle: boolean): SynchronousStatement }
}
