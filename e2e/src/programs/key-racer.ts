import { createDurably } from '@durably/core'
import { type DatabaseChoice, openStorage } from '../database.ts'
import { createJobs } from '../jobs.ts'
import { Journal } from '../journal.ts'
import { begun, codeOf, program, report } from '../processes/program.ts'

/** What a key racer is told. */
export interface KeyRacerConfig {
  readonly database: DatabaseChoice
  readonly journal: string
  readonly keys: readonly string[]
}

/** Triggers one run for each idempotency key, in step with other racers. */
void program<KeyRacerConfig>(async ({ database, journal, keys }) => {
  const durably = createDurably({
    storage: await openStorage(database),
    jobs: createJobs(new Journal(journal)),
  })
  const begin = begun()
  report({ kind: 'ready' })
  await begin
  for (const idempotencyKey of keys) {
    const began = performance.now()
    const done = { kind: 'trigger', retryable: false } as const
    try {
      const { id, created } = await durably.jobs.chain.trigger({ steps: 1, bodyMs: 0 }, { idempotencyKey })
      report({ ...done, runId: id, created, code: null, durationMs: performance.now() - began })
    } catch (error) {
      report({
        ...done,
        runId: null,
        created: false,
        code: codeOf(error),
        durationMs: performance.now() - began,
      })
    }
  }
  report({ kind: 'done', call: 'trigger' })
})
