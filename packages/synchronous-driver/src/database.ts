/**
 * What a synchronous SQLite library offers: the part of it that a driver calls. better-sqlite3 has this shape as it is; others
 * need a few lines around them.
 */
export interface SynchronousDatabase {
  readonly inTransaction: boolean
  prepare(sql: string): SynchronousStatement
  /** Executes text that answers nothing. */
  exec(sql: string): unknown
  /** Releases the file. Calling it twice does nothing. */
  close(): unknown
}

/** A prepared statement. Rows are plain objects, BLOBs are `Uint8Array`. */
export interface SynchronousStatement {
  /** Does it answer rows? */
  readonly reader: boolean
  all(parameters: readonly unknown[]): unknown[]
  run(parameters: readonly unknown[]): {
    readonly changes: number | bigint
    readonly lastInsertRowid: number | bigint
  }
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>
}
