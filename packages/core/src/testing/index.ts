export { MemoryDatabase } from './memory-database.ts'
export type { MemoryStorageOptions } from './memory-storage.ts'
export { memoryStorage } from './memory-storage.ts'
