export { dialectDriver } from './dialect-driver.ts'
export type {
  QueryResult,
  Row,
  SqliteCapabilities,
  SqliteConnection,
  SqliteDriver,
  SqlValue,
  Statement,
} from './driver.ts'
export { BatchError } from './driver.ts'
export type { KyselyStorage, KyselyStorageOptions, KyselyStorageSettings } from './kysely-storage.ts'
export { kyselyStorage } from './kysely-storage.ts'
export type { SqlFailure } from './sql-errors.ts'
export { failureOf, toDurablyError } from './sql-errors.ts'
