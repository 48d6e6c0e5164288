import type { SynchronousDatabase } from './database.ts'
import type { Durability } from './durability.ts'
import { rememberLibrary, requireOneLibrary } from './one-library.ts'
import { openFailure } from './open-failure.ts'
import { applyFileSettings } from './settings.ts'

/** How to open one database file. */
export interface FileToOpen {
  /** The name of the library. */
  readonly library: string
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
export function openFile({ library, path, durability, openDatabase }: FileToOpen): SynchronousDatabase {
  requireOneLibrary(path, library)
  let database: SynchronousDatabase | undefined
  try {
    database = openDatabase(path)
    rememberLibrary(path, library)
    applyFileSettings(database, durability)
    return database
  } catch (error) {
    database?.close()
    throw openFailure(path, error)
  }
}
