import { DurablyError } from '@durably/core'
import type { QueryResult, Statement } from '../driver.ts'
import { MIGRATIONS } from './migrations.ts'

/** Executes a reading statement. */
export type Reader = (statement: Statement) => Promise<QueryResult>

/** The schema this program works with. */
export const SCHEMA_VERSION = MIGRATIONS.length

const isThere: Statement = {
  sql: `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'durably_schema_versions'`,
  parameters: [],
  returnsRows: true,
}

const newest: Statement = {
  sql: 'SELECT max(version) AS version FROM durably_schema_versions',
  parameters: [],
  returnsRows: true,
}

/**
 * The version of the database's schema; 0 when it has none.
 *
 * @throws DurablyError `SCHEMA_TOO_NEW`
 */
export async function readSchemaVersion(read: Reader): Promise<number> {
  if ((await read(isThere)).rows.length === 0) return 0
  const { rows } = await read(newest)
  const version = rows[0]?.['version'] ?? 0
  if (typeof version !== 'number') {
    throw new DurablyError(
      'OPTION_INVALID',
      `The connection answers integers as ${typeof version}, Durably needs numbers. Leave intMode (libSQL), or defaultSafeIntegers (better-sqlite3), as it is by default.`,
    )
  }
  if (version > SCHEMA_VERSION) {
    throw new DurablyError(
      'SCHEMA_TOO_NEW',
      `The database has version ${version} of the Durably schema; this program knows version ${SCHEMA_VERSION}. Update @durably/storage-kysely, and the driver that brings it, in every program that uses this database.`,
      { details: { version, supported: SCHEMA_VERSION } },
    )
  }
  return version
}

/**
 * Checks that the schema is the one this program works with.
 *
 * @throws DurablyError `NOT_MIGRATED`, `SCHEMA_TOO_NEW`
 */
export async function requireSchema(read: Reader): Promise<void> {
  const version = await readSchemaVersion(read)
  if (version < SCHEMA_VERSION) {
    throw new DurablyError(
      'NOT_MIGRATED',
      version === 0
        ? 'The database has no Durably tables yet. Call migrate() once before using it.'
        : `The database has version ${version} of the Durably schema, this program needs version ${SCHEMA_VERSION}. Call migrate() once before using it.`,
      { details: { version, required: SCHEMA_VERSION } },
    )
  }
}
