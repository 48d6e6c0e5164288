export type { Durability } from '@durably/synchronous-driver'
export { libsqlDriver } from './driver.ts'
export { libsql } from './libsql.ts'
export type { LibsqlOptions } from './options.ts'
