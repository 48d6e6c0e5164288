import type { KyselyStorage } from '@durably/storage-kysely'
import type { SQLocal } from 'sqlocal'
import type { TabRole } from './tab/tab.ts'

/** Facts about the database and this tab. */
export interface SqlocalInfo {
  readonly role: TabRole
  /** `opfs`; `memory` only where a client was made for it. */
  readonly storageType: string
  readonly sizeBytes: number
  /** Has the browser promised not to evict the data when space runs short? */
  readonly persisted: boolean
  /** Tabs that share the database, this one included. */
  readonly tabs: number
}

/** Durably's storage in a tab. */
export interface SqlocalStorage extends KyselyStorage {
  /** What this tab is to the database now. */
  readonly role: TabRole
  /** Calls the listener whenever the role has changed. */
  onRoleChange(listener: (role: TabRole) => void): () => void
  /** Facts to show or to log: what this tab is, where and how much is stored, and whether it will stay. */
  info(): Promise<SqlocalInfo>
  /** The database as a file that any SQLite opens; from any tab. */
  exportFile(): Promise<Uint8Array>
  /**
   * Puts a database in the place of this one, whole or not at all. Stop the engine before: what it is executing is not in there.
   *
   * @throws DurablyError `NOT_A_DATABASE`, `STORAGE_IO` for a damaged one
   */
  importFile(bytes: Uint8Array): Promise<void>
  /** Deletes what is stored. The next call that needs tables rejects with `NOT_MIGRATED`; `migrate()` begins anew. */
  deleteDatabase(): Promise<void>
  /**
   * A client of sqlocal on the same connection, for reactive queries and functions of your own. In the leading tab only, and it ends
   * when the tab stops leading.
   *
   * @throws DurablyError `CONFLICT` in another tab
   */
  client(): Promise<SQLocal>
}
