import type { SqliteDriver } from '@durably/storage-kysely'
import type { SQLocal } from 'sqlocal'
import type { Tab } from './tab/tab.ts'
import type { WorkerScheduler } from './worker-scheduler.ts'

/** How a database is reached: the part that a file of ours and a client of the application do differently. */
export interface Mode {
  readonly driver: SqliteDriver
  readonly scheduler: WorkerScheduler
  readonly tab: Tab
  /** Resolves when calls can be made. */
  ready(): Promise<void>
  storageType(): Promise<string>
  sizeBytes(): Promise<number>
  exportFile(): Promise<Uint8Array>
  importFile(bytes: Uint8Array): Promise<void>
  deleteDatabase(): Promise<void>
  client(): Promise<SQLocal>
}
