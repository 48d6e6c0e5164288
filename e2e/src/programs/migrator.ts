import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { attempt, program, report } from '../processes/program.ts'
import { waitForTime } from '../processes/wait-for-time.ts'

/** What a migrator is told. */
export interface MigratorConfig {
  readonly database: DatabaseChoice
  /** When to begin, wall time. */
  readonly at: number
}

/** Migrates at a given time. */
void program<MigratorConfig>(async ({ database, at }) => {
  const durably = createDurably({ storage: await openStorage(database) })
  report({ kind: 'ready' })
  await waitForTime(at)
  await attempt('migrate', () => durably.migrate())
})
