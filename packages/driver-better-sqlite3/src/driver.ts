import { resolve } from 'node:path'
import { DurablyError } from '@durably/core'
import type { SqliteDriver } from '@durably/storage-kysely'
import { handedInDriver, type SynchronousDatabase, synchronousDriver } from '@durably/synchronous-driver'
import Database from 'better-sqlite3'
import type { BetterSqlite3Options, HandedInDatabase } from './options.ts'

const NAME = 'better-sqlite3'

/**
 * The bare driver, for `kyselyStorage({ driver })` and for `driverSuite`.
 *
 * @throws DurablyError `OPTION_INVALID` for options that name no database.
 */
export function betterSqlite3Driver(options: BetterSqlite3Options): SqliteDriver {
  if (options.database !== undefined) return onHandedIn(options.database)
  return synchronousDriver({
    name: NAME,
    path: options.path,
    durability: options.durability,
    openDatabase: (path) => new Database(path, { timeout: 0 }),
  })
}

function onHandedIn(database: HandedInDatabase): SqliteDriver {
  if (!database.open || database.readonly) {
    const state = database.open ? 'read-only' : 'closed'
    throw new DurablyError(
      'OPTION_INVALID',
      `The database handed in is ${state}: hand in one that can be written.`,
    )
  }
  const file = database.memory ? null : resolve(database.name)
  return handedInDriver(NAME, withNumbers(database), file)
}

/** Durably reads integers as numbers, whatever the application chose for itself with `defaultSafeIntegers`. */
function withNumbers(database: HandedInDatabase): SynchronousDatabase {
  return {
    get inTransaction() {
      return database.inTransaction
    },
    prepare: (sql) => database.prepare(sql).safeIntegers(false),
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  }
}
