export { BatchError } from './driver.ts'
export type { QueryResult, Row, SqliteCapabilities, SqliteConnection, SqliteDriver, SqlValue, Statement } from './driver.ts'
