import { setTimeout as sleep } from 'node:timers/promises'
import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { attempt, begun, program, report } from '../processes/program.ts'
import { SeededRandom } from '../random.ts'

/** What a canceller is told. */
export interface CancellerConfig {
  readonly database: DatabaseChoice
  readonly runIds: readonly string[]
  readonly seed: number
}

/** Cancels runs one after the other while they are executed. Each call is reported under the id of its run. */
void program<CancellerConfig>(async ({ database, runIds, seed }) => {
  const durably = createDurably({ storage: await openStorage(database) })
  const random = new SeededRandom(seed)
  const begin = begun()
  report({ kind: 'ready' })
  await begin
  for (const runId of runIds) {
    await attempt(runId, () => durably.cancel(runId))
    await sleep(random.between(0, 4))
  }
  report({ kind: 'done', call: 'all' })
})
