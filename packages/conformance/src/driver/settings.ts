import { expectTrue } from '../expect.ts'
import type { DefineDriverCase, DriverBench } from './driver-case.ts'

const TEMP_STORE_MEMORY = 2
const MAX_BUSY_TIMEOUT_MS = 5

/** How a connection is set up, as far as the database tells. */
export function settingCases(define: DefineDriverCase): void {
  define(
    'a database that others use as well is in WAL mode',
    async (bench) => {
      const mode = await setting(bench, 'journal_mode')
      expectTrue(mode === null || mode === 'wal', `journal_mode must be wal, but it is ${mode}`)
    },
    { needs: 'shared', unless: 'handedIn' },
  )

  define(
    'a commit is handed to the disk',
    async (bench) => {
      const synchronous = await setting(bench, 'synchronous')
      expectTrue(synchronous !== 0, 'synchronous must not be OFF: a commit could be lost with the process')
    },
    { needs: 'persistent' },
  )

  define('nothing inside the process waits long, and temporary tables stay in memory', async (bench) => {
    // Behind a network these settings are the server's, and its waiting does not hold up the event loop.
    if (bench.capabilities.outcomeMayBeUnknown) return
    const [busyTimeoutMs, tempStore] = [
      await setting(bench, 'busy_timeout'),
      await setting(bench, 'temp_store'),
    ]
    expectTrue(
      busyTimeoutMs === null || Number(busyTimeoutMs) <= MAX_BUSY_TIMEOUT_MS,
      `busy_timeout must be at most ${MAX_BUSY_TIMEOUT_MS} ms, since it stops the event loop, but it is ${busyTimeoutMs}`,
    )
    expectTrue(
      tempStore === null || tempStore === TEMP_STORE_MEMORY,
      `temp_store must be MEMORY (2), but it is ${tempStore}`,
    )
  })
}

/** A setting of the connection; null where it cannot be read. */
async function setting(bench: DriverBench, name: string): Promise<unknown> {
  try {
    const [row] = await bench.rows(`PRAGMA ${name}`)
    return row === undefined ? null : Object.values(row)[0]
  } catch {
    return null
  }
}
