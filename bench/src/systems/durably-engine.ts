import { CompletionCounter } from '@durably/bench-peers/completion-counter'
import {
  type Crowd,
  type Engine,
  type EngineOptions,
  jobInput,
  jobOutput,
  type Tally,
} from '@durably/bench-peers/engine'
import { createDurably, defineJob, type Storage } from '@durably/core'
import Database from 'better-sqlite3'

/** Durably on any storage, as the workloads see an engine. */
export async function durablyEngine(storage: Storage, options: EngineOptions): Promise<Engine> {
  const job = defineJob({ name: 'bench', input: jobInput, output: jobOutput }, (step, input) =>
    options.handler((name, body) => step.run(name, body), input, step.runId),
  )
  const durably = createDurably({
    storage,
    jobs: { job },
    concurrency: options.concurrency,
    pollingInterval: options.pollingIntervalMs,
  })
  await durably.migrate()
  const completions = new CompletionCounter()
  durably.on('run:complete', () => completions.add())

  return {
    completions,
    trigger: async (input) => (await durably.jobs.job.trigger(input)).id,
    triggerBatch: async (inputs) =>
      void (await durably.jobs.job.batchTrigger(inputs.map((input) => ({ input })))),
    start: () => durably.start(),
    retry: async (runId) => void (await durably.retry(runId)),
    stop: () => durably.close(),
  }
}

/** Counts what a file of Durably holds. */
export function tallyDurably(path: string): Tally {
  const database = new Database(path, { readonly: true })
  const runs = (status: string) =>
    database.prepare('SELECT count(*) FROM durably_runs WHERE status = +?').pluck().get(status) as number
  const steps = database
    .prepare('SELECT count(*) FROM durably_steps WHERE failure = 0')
    .pluck()
    .get() as number
  const tally = { pending: runs('pending'), completed: runs('completed'), failed: runs('failed'), steps }
  database.close()
  return tally
}

/** Fills the tables of Durably. */
export function crowdDurably(path: string, { pending, finished }: Crowd): void {
  const database = new Database(path)
  const fill = database.prepare(`
    INSERT INTO durably_runs (id, job_name, status, ready_at, created_at, finished_at, input, output)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count)
    SELECT @prefix || printf('%019d', i), 'bench', @status, iif(@status = 'pending', 0, NULL), 1600000000000,
      iif(@status = 'completed', 1600000000000, NULL), '{"steps":1,"sentAtMs":0}', iif(@status = 'completed', '1', NULL)
    FROM n WHERE i <= @count`)
  fill.run({ count: finished, prefix: '00CR0WD', status: 'completed' })
  fill.run({ count: pending, prefix: '7ZCR0WD', status: 'pending' })
  database.close()
}
