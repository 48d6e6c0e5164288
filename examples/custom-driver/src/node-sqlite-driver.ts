import { resolve } from 'node:path'
import { type KyselyStorage, kyselyStorage, type SqliteDriver } from '@durably/storage-kysely'
import { NodeSqliteConnection } from './node-sqlite-connection.ts'
import { nodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openFile } from './open-file.ts'

/** Durably's own connection hardly waits inside SQLite: the storage repeats what was refused as busy, off the event loop. */
const BUSY_TIMEOUT_MS = 5
/** The application's queries have nobody to repeat them. */
const APPLICATION_BUSY_TIMEOUT_MS = 1_000

/** Which database. */
export interface NodeSqliteOptions {
  /** A file on a local disk, made where there is none. Its folder must exist. */
  readonly path: string
}

/** The driver: `node:sqlite`, as it comes with Node.js. */
export function nodeSqliteDriver(options: NodeSqliteOptions): SqliteDriver {
  const path = resolve(options.path)
  const dialect = nodeSqliteDialect(() => openFile(path, APPLICATION_BUSY_TIMEOUT_MS))
  return {
    name: 'node:sqlite',
    capabilities: { persistent: true, shared: true, exclusive: false, outcomeMayBeUnknown: false },
    async open() {
      return new NodeSqliteConnection(openFile(path, BUSY_TIMEOUT_MS), dialect)
    },
  }
}

/**
 * A storage on `node:sqlite`.
 *
 * @example
 * const durably = createDurably({ storage: nodeSqlite({ path: 'app.db' }) })
 */
export function nodeSqlite(options: NodeSqliteOptions): KyselyStorage {
  return kyselyStorage({ driver: nodeSqliteDriver(options) })
}
