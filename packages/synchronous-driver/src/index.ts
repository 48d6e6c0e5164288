export type { SynchronousDatabase, SynchronousStatement } from './database.ts'
export type { Durability } from './durability.ts'
export type { SynchronousDriverOptions } from './synchronous-driver.ts'
export { handedInDriver, synchronousDriver } from './synchronous-driver.ts'
