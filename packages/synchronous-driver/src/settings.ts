import { DurablyError } from '@durably/core'
import { failureOf } from '@durably/storage-kysely'
import type { SynchronousDatabase } from './database.ts'
import type { Durability } from './durability.ts'

const SYNCHRONOUS: Readonly<Record<Durability, number>> = { process: 1, full: 2 }
const TEMP_STORE_MEMORY = 2

/** Sets up a connection to a file. Every setting is per connection and may be refused silently, so each is read back. */
export function applyFileSettings(database: SynchronousDatabase, durability: Durability): void {
  // A native wait stops the event loop, lease renewal included; waiting is done by asynchronous repetition.
  set(database, 'busy_timeout', 0)
  set(database, 'journal_mode', 'wal')
  set(database, 'synchronous', SYNCHRONOUS[durability])
  applyMemorySettings(database)
  requireWritable(database)
}

/** Sets up a connection to a database in memory, where neither journal nor durability mean anything. */
export function applyMemorySettings(database: SynchronousDatabase): void {
  set(database, 'temp_store', TEMP_STORE_MEMORY)
  set(database, 'foreign_keys', 1)
}

function set(database: SynchronousDatabase, pragma: string, wanted: number | string): void {
  database.exec(`PRAGMA ${pragma} = ${wanted}`)
  const [row] = database.prepare(`PRAGMA ${pragma}`).all([])
  const [actual] = Object.values(Object(row) as Record<string, unknown>)
  if (actual === wanted) return
  throw new DurablyError(
    'STORAGE_IO',
    `SQLite kept ${pragma} = ${actual} instead of ${wanted}. ${advice(pragma)}`,
    {
      retryable: false,
      details: { pragma, wanted, actual },
    },
  )
}

function advice(pragma: string): string {
  return pragma === 'journal_mode'
    ? 'Write-ahead logging needs a local disk: a network file system cannot carry it. Move the file.'
    : 'This build of SQLite does not allow the setting; use the one that comes with the driver.'
}

/** A file that may only be read answers all settings properly, and even begins a transaction: only a write tells. */
function requireWritable(database: SynchronousDatabase): void {
  try {
    database.exec('BEGIN IMMEDIATE')
    database.exec('PRAGMA user_version = 0')
    database.exec('ROLLBACK')
  } catch (error) {
    if (failureOf(error) !== 'busy') throw error
  }
}
