import { DatabaseSync } from 'node:sqlite'

/**
 * Opens a database file and sets the connection up. Every setting is per connection, and SQLite may refuse one without an error,
 * so each is read back.
 *
 * @param busyTimeoutMs how long SQLite itself waits, and with it the whole event loop, while another process writes
 */
export function openFile(path: string, busyTimeoutMs: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
  try {
    set(database, 'journal_mode', 'wal')
    // FULL: what was acknowledged survives a power loss, not only a killed process.
    set(database, 'synchronous', 2)
    set(database, 'temp_store', 2)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function set(database: DatabaseSync, pragma: string, wanted: number | string): void {
  database.exec(`PRAGMA ${pragma} = ${wanted}`)
  const [actual] = Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})
  if (actual !== wanted) {
    throw new Error(
      `SQLite kept ${pragma} = ${actual} instead of ${wanted}: is ${database.location()} on a local disk?`,
    )
  }
}
