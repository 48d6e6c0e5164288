import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { attempt, begun, program, report } from '../processes/program.ts'

/** What a migrator is told. */
export interface MigratorConfig {
  readonly database: DatabaseChoice
}

/** Migrates, in step with other migrators. */
void program<MigratorConfig>(async ({ database }) => {
  const durably = createDurably({ storage: await openStorage(database) })
  const begin = begun()
  report({ kind: 'ready' })
  await begin
  await attempt('migrate', () => durably.migrate())
})
