import type { Statement } from '../driver.ts'
import type { Operation } from '../operation.ts'
import { MIGRATIONS } from './migrations.ts'
import { type Reader, readSchemaVersion, SCHEMA_VERSION } from './schema-version.ts'

/**
 * Brings the schema up to date, in one commit.
 *
 * Several processes may call it at once: each migration records its version, so whoever comes second is refused as a whole, finds
 * the schema up to date and is done. That also makes it repeatable after an unknown outcome.
 *
 * @throws DurablyError `SCHEMA_TOO_NEW` before anything is written
 */
export async function migrate(
  read: Reader,
  commit: (operation: Operation<void>) => Promise<void>,
): Promise<void> {
  const version = await readSchemaVersion(read)
  if (version === SCHEMA_VERSION) return
  try {
    await commit(migrationFrom(version))
  } catch (error) {
    if ((await readSchemaVersion(read)) !== SCHEMA_VERSION) throw error
  }
}

function migrationFrom(version: number): Operation<void> {
  const statements = MIGRATIONS.slice(version).flatMap((migration) => [
    ...migration.statements.map(plain),
    plain(`INSERT INTO durably_schema_versions (version) VALUES (${migration.version})`),
  ])
  return { weight: Number.POSITIVE_INFINITY, compose: () => statements, read: () => undefined }
}

function plain(sql: string): Statement {
  return { sql, parameters: [], returnsRows: false }
}
