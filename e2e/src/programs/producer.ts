import { setTimeout as sleep } from 'node:timers/promises'
import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { createJobs } from '../jobs.ts'
import { Journal } from '../journal.ts'
import { program, report } from '../processes/program.ts'
import { SeededRandom } from '../random.ts'

/** What a producer is told. */
export interface ProducerConfig {
  readonly database: DatabaseChoice
  readonly journal: string
  readonly seed: number
  /** Number of runs in a batch. */
  readonly batchSize: number
  /** How many idempotency keys are shared by all producers on one database. */
  readonly sharedKeys: number
}

const LONGEST_PAUSE_MS = 25

/** Triggers runs of every kind until it is killed, and writes down each one that was acknowledged. */
void program<ProducerConfig>(async ({ database, journal: path, seed, batchSize, sharedKeys }) => {
  const journal = new Journal(path)
  const durably = createDurably({ storage: await openStorage(database), jobs: createJobs(journal) })
  const { chain, fan, compensate, failing } = durably.jobs
  const random = new SeededRandom(seed)
  await durably.migrate()
  report({ kind: 'ready' })

  const acknowledge = (runId: string, idempotencyKey: string | null = null) =>
    journal.write({ kind: 'acknowledged', runId, idempotencyKey })

  for (let n = 0; ; n++) {
    const work = { steps: random.between(1, 4), bodyMs: random.between(0, 15) }
    switch (n % 8) {
      case 0: {
        const batch = `${seed}/${n}`
        const items = Array.from({ length: batchSize }, () => ({
          input: { steps: 1, bodyMs: 0 },
          options: { labels: { batch } },
        }))
        for (const { id } of await chain.batchTrigger(items)) acknowledge(id)
        break
      }
      case 1: {
        const idempotencyKey = `once-${random.between(1, sharedKeys)}`
        acknowledge((await chain.trigger({ steps: 2, bodyMs: 5 }, { idempotencyKey })).id, idempotencyKey)
        break
      }
      case 2:
        acknowledge((await fan.trigger(work)).id)
        break
      case 3:
        acknowledge((await compensate.trigger(work)).id)
        break
      case 4:
        acknowledge((await failing.trigger(work)).id)
        break
      default: {
        const concurrencyKey = random.chance(0.3) ? `line-${random.between(1, 3)}` : undefined
        acknowledge((await chain.trigger(work, { concurrencyKey })).id)
      }
    }
    await sleep(random.between(0, LONGEST_PAUSE_MS))
  }
})
