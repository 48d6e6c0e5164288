import type { KyselyStorage } from '@durably/storage-kysely'

/** Every scenario runs on each of these. */
export const DRIVERS = ['better-sqlite3', 'libsql'] as const

/** The library that carries the database. */
export type DriverName = (typeof DRIVERS)[number]

/** A database file and how to open it; plain data, so that it can be handed to another process. */
export interface DatabaseChoice {
  readonly driver: DriverName
  readonly path: string
  /** Default: that of the storage. */
  readonly busyTimeoutMs?: number
}

/** Opens a storage. Only the chosen driver is loaded: two SQLite libraries in one process would drop each other's locks. */
export async function openStorage({ driver, path, busyTimeoutMs }: DatabaseChoice): Promise<KyselyStorage> {
  // What survives a power loss cannot be seen here; what survives a killed process is the same without waiting for the disk.
  const durability = 'process'
  if (driver === 'libsql') {
    const { libsql } = await import('@durably/driver-libsql')
    return libsql({ url: `file:${path}`, durability, busyTimeoutMs })
  }
  const { betterSqlite3 } = await import('@durably/driver-better-sqlite3')
  return betterSqlite3({ path, durability, busyTimeoutMs })
}
