import { resolve } from 'node:path'
import { DurablyError } from '@durably/core'
import type { SqliteCapabilities, SqliteDriver } from '@durably/storage-kysely'
import type { Dialect } from 'kysely'
import { SynchronousConnection } from './connection.ts'
import type { SynchronousDatabase } from './database.ts'
import { applicationDialect } from './dialect.ts'
import type { Durability } from './durability.ts'
import { type FileToOpen, openFile } from './open-file.ts'
import { retryWhileBusy } from './retry-while-busy.ts'
import { applyMemorySettings } from './settings.ts'
import { turns } from './turns.ts'

/** Which library, and which database. */
export interface SynchronousDriverOptions {
  /** The library's name, shown in messages. */
  readonly name: string
  /** A file, made where there is none, or `:memory:`. */
  readonly path: string
  /** Default: `full`. Means nothing in memory. */
  readonly durability?: Durability | undefined
  /** Opens one connection. Settings are made, and failures explained, by the caller. */
  readonly openDatabase: (path: string) => SynchronousDatabase
}

/**
 * Makes a driver from a synchronous SQLite library: batches, prepared statements, settings, recovery, the watch for other
 * processes and the application's dialect.
 *
 * @example
 * const driver = synchronousDriver({ name: 'node:sqlite', path: 'app.db', openDatabase: (path) => nodeSqlite(path) })
 * @throws DurablyError `OPTION_INVALID` for a path that cannot be one.
 */
export function synchronousDriver(options: SynchronousDriverOptions): SqliteDriver {
  const { name, path, durability = 'full', openDatabase } = options
  if (path === ':memory:') return memoryDriver(name, () => openDatabase(path))
  return fileDriver({ library: name, path: absolute(path), durability: checked(durability), openDatabase })
}

/**
 * Makes a driver on a database that the application opened and keeps. Its settings stay as they are, closing it stays with the
 * application, and a batch that meets an open transaction of the application is refused as busy.
 */
export function handedInDriver(
  name: string,
  database: SynchronousDatabase,
  file: string | null,
): SqliteDriver {
  const dialect = sharedDialect(() => database)
  return {
    name,
    capabilities: capabilities({ persistent: file !== null }),
    async open() {
      return new SynchronousConnection({ dialect, database, reopen: null, file, giveBack: () => {} })
    },
  }
}

function fileDriver(file: FileToOpen): SqliteDriver {
  const open = (): SynchronousDatabase => openFile(file)
  const dialect = applicationDialect(async () => {
    const database = await retryWhileBusy(open)
    return { database, acquire: turns(), close: () => void database.close() }
  })
  return {
    name: file.library,
    capabilities: capabilities({ persistent: true }),
    async open() {
      return new SynchronousConnection({
        dialect,
        database: open(),
        reopen: open,
        file: file.path,
        giveBack: null,
      })
    },
  }
}

function memoryDriver(name: string, openMemory: () => SynchronousDatabase): SqliteDriver {
  let opened: SynchronousDatabase | undefined
  const open = (): SynchronousDatabase => {
    if (opened === undefined) {
      opened = openMemory()
      applyMemorySettings(opened)
    }
    return opened
  }
  const close = (): void => {
    opened?.close()
    opened = undefined
  }
  const dialect = sharedDialect(open)
  return {
    name,
    capabilities: capabilities({ persistent: false }),
    async open() {
      return new SynchronousConnection({
        dialect,
        database: open(),
        reopen: null,
        file: null,
        giveBack: close,
      })
    },
  }
}

/** All Kysely instances made with it take turns on the one connection. */
function sharedDialect(database: () => SynchronousDatabase): Dialect {
  const acquire = turns()
  return applicationDialect(async () => ({ database: database(), acquire, close: () => {} }))
}

function capabilities({ persistent }: { readonly persistent: boolean }): SqliteCapabilities {
  return {
    persistent,
    shared: persistent,
    exclusive: false,
    outcomeMayBeUnknown: false,
    countsChanges: true,
  }
}

function absolute(path: string): string {
  // Libraries read a path up to a NUL, and some without the spaces at its end: that would be another file.
  if (typeof path !== 'string' || path.trim() === '' || /^[a-z]+:\/\/|^file:|\0|\s$/i.test(path)) {
    throw new DurablyError('OPTION_INVALID', `path is ${JSON.stringify(path)}: name a file, or ':memory:'.`)
  }
  return resolve(path)
}

function checked(durability: Durability): Durability {
  if (durability === 'full' || durability === 'process') return durability
  throw new DurablyError(
    'OPTION_INVALID',
    `durability is ${JSON.stringify(durability)}: say 'full' or 'process'.`,
  )
}
