import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { program, report } from '../processes/program.ts'

/** What a lock holder is told. */
export interface LockHolderConfig {
  readonly path: string
  readonly holdMs: number
}

/** A process that knows nothing of Durably and holds the write lock of the file for a while. */
void program<LockHolderConfig>(async ({ path, holdMs }) => {
  const database = new Database(path, { timeout: 20_000 })
  database.exec('BEGIN IMMEDIATE')
  report({ kind: 'locked' })
  await sleep(holdMs)
  database.exec('ROLLBACK')
  report({ kind: 'unlocked' })
  database.close()
})
