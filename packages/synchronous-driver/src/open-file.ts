import type { SynchronousDatabase } from './database.ts'
import type { Durability } from './durability.ts'
import { openFailure } from './open-failure.ts'
import { applyFileSettings } from './settings.ts'

/** How to open one database file. */
export interface FileToOpen {
  /** Absolute. */
  readonly path: string
  readonly durability: Durability
  readonly openDatabase: (path: string) => SynchronousDatabase
}

/**
 * Opens a database file with all settings applied.
 *
 * @throws DurablyError that says what is wrong with the file and what to do about it.
 */
export function openFile({ path, durability, openDatabase }: FileToOpen): SynchronousDatabase {
  let database: SynchronousDatabase | undefined
  try {
    database = openDatabase(path)
    applyFileSettings(database, durability)
    return database
  } catch (error) {
    database?.close()
    throw openFailure(path, error)
  }
}
