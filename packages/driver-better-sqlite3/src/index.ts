export type { Durability } from '@durably/synchronous-driver'
export { betterSqlite3 } from './better-sqlite3.ts'
export { betterSqlite3Driver } from './driver.ts'
export type { BetterSqlite3Options, HandedInDatabase } from './options.ts'
