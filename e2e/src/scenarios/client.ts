import { createDurably } from '@durably/core'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import { createJobs } from '../jobs.ts'
import type { Site } from '../site.ts'

/**
 * An instance in this process that triggers and asks. It always uses better-sqlite3, whatever the children use: the evidence is
 * read with it here, and a process must not open a file with two libraries.
 */
export function openClient({ database, journal }: Site) {
  return createDurably({
    storage: betterSqlite3({ path: database.path, durability: 'process' }),
    jobs: createJobs(journal),
    pollingInterval: 50,
  })
}
