export type { LogPersistenceOptions } from './log-persistence.ts'
export { logPersistence } from './log-persistence.ts'
