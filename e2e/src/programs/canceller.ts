import { setTimeout as sleep } from 'node:timers/promises'
import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { attempt, program, report } from '../processes/program.ts'
import { waitForTime } from '../processes/wait-for-time.ts'
import { SeededRandom } from '../random.ts'

/** What a canceller is told. */
export interface CancellerConfig {
  readonly database: DatabaseChoice
  readonly runIds: readonly string[]
  readonly seed: number
  /** When to begin, wall time. */
  readonly at: number
}

/** Cancels runs one after the other, oldest first, while they are executed. Each call is reported under the id of its run. */
void program<CancellerConfig>(async ({ database, runIds, seed, at }) => {
  const durably = createDurably({ storage: await openStorage(database) })
  const random = new SeededRandom(seed)
  report({ kind: 'ready' })
  await waitForTime(at)
  for (const runId of runIds) {
    await attempt(runId, () => durably.cancel(runId))
    await sleep(random.between(0, 4))
  }
  report({ kind: 'done', call: 'all' })
})
