import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseChoice, DriverName } from './database.ts'
import { Journal } from './journal.ts'
import { WallClock } from './wall-clock.ts'

/** A folder with a database and a journal, and what all processes on it agree on. */
export interface Site {
  readonly folder: string
  readonly database: DatabaseChoice
  readonly journal: Journal
  readonly clock: WallClock
  readonly batchSize: number
  readonly heartbeatInterval: number
  readonly staleThreshold: number
}

/** Makes an empty folder for a scenario. */
export function createSite(driver: DriverName): Site {
  const folder = mkdtempSync(join(tmpdir(), 'durably-e2e-'))
  const clock = new WallClock(join(folder, 'clock'))
  clock.jump(0)
  return {
    folder,
    clock,
    database: { driver, path: join(folder, 'app.db') },
    journal: new Journal(join(folder, 'journal')),
    batchSize: 50,
    heartbeatInterval: 100,
    staleThreshold: 400,
  }
}

/** Deletes it. */
export function removeSite({ folder, journal }: Site): void {
  journal.close()
  rmSync(folder, { recursive: true, force: true })
}
