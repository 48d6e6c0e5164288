export type { ClientOptions, Durability, FileOptions, SqlocalOptions } from './options.ts'
export { sqlocal } from './sqlocal.ts'
export type { SqlocalInfo, SqlocalStorage } from './storage.ts'
export type { TabRole } from './tab/tab.ts'
