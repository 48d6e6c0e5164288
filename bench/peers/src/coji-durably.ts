import { createDurably, defineJob } from '@coji/durably'
import { LibsqlDialect } from '@libsql/kysely-libsql'
import Database from 'better-sqlite3'
import { type Dialect, SqliteDialect } from 'kysely'
import { CompletionCounter } from './completion-counter.ts'
import {
  type Crowd,
  type Engine,
  type EngineOptions,
  type EngineSystem,
  jobInput,
  jobOutput,
  type Tally,
} from './engine.ts'

/** `@coji/durably` on better-sqlite3. The peer sets no pragma itself, so they are set on the connection handed to it. */
export const cojiDurably: EngineSystem = {
  open(options) {
    const database = new Database(options.path)
    database.pragma('journal_mode = WAL')
    database.pragma(options.durability === 'full' ? 'synchronous = FULL' : 'synchronous = NORMAL')
    return open(new SqliteDialect({ database }), options)
  },
  tally,
  crowd,
}

/** `@coji/durably` on a libSQL file, through the dialect its documentation recommends. */
export const cojiDurablyLibsql: EngineSystem = {
  open(options) {
    // The client opens connections as it likes, so a setting of one of them would not hold for the others. WAL is a property of
    // the file, and FULL is what every connection starts with.
    if (options.durability !== 'full')
      throw new Error('the libSQL client can be measured with full durability only')
    const setup = new Database(options.path)
    setup.pragma('journal_mode = WAL')
    setup.close()
    return open(new LibsqlDialect({ url: `file:${options.path}` }), options)
  },
  tally,
  crowd,
}

async function open(dialect: Dialect, options: EngineOptions): Promise<Engine> {
  const job = defineJob({
    name: 'bench',
    input: jobInput,
    output: jobOutput,
    run: (step, input) => options.handler((name, body) => step.run(name, body), input, step.runId),
  })
  const durably = createDurably({
    dialect,
    jobs: { job },
    maxConcurrentRuns: options.concurrency,
    // Without this a finished run's steps are deleted: slower, and nothing left to validate.
    preserveSteps: true,
    ...(options.pollingIntervalMs === undefined ? {} : { pollingIntervalMs: options.pollingIntervalMs }),
  })
  await durably.migrate()
  const completions = new CompletionCounter()
  durably.on('run:complete', () => completions.add())

  return {
    completions,
    trigger: async (input) => (await durably.jobs.job.trigger(input)).id,
    triggerBatch: async (inputs) => void (await durably.jobs.job.batchTrigger([...inputs])),
    start: () => durably.start(),
    async retry(runId) {
      // The public `retrigger` makes a new run without the steps; a run that lost its worker looks like this.
      await durably.db
        .updateTable('durably_runs')
        .set({ status: 'pending', error: null })
        .where('id', '=', runId)
        .execute()
    },
    async stop() {
      await durably.stop()
      await durably.db.destroy()
    },
  }
}

function tally(path: string): Tally {
  const database = new Database(path, { readonly: true })
  const runs = (status: string) =>
    database.prepare('SELECT count(*) FROM durably_runs WHERE status = ?').pluck().get(status) as number
  const steps = database
    .prepare(`SELECT count(*) FROM durably_steps WHERE status = 'completed'`)
    .pluck()
    .get() as number
  const result = { pending: runs('pending'), completed: runs('completed'), failed: runs('failed'), steps }
  database.close()
  return result
}

function crowd(path: string, { pending, finished }: Crowd): void {
  const database = new Database(path)
  const fill = database.prepare(`
    INSERT INTO durably_runs (id, job_name, input, status, output, created_at, updated_at, completed_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count)
    SELECT @prefix || printf('%020d', i), 'bench', '{"steps":1,"sentAtMs":0}', @status,
      iif(@status = 'completed', '1', NULL), @createdAt, @createdAt, iif(@status = 'completed', @createdAt, NULL)
    FROM n WHERE i <= @count`)
  fill.run({ count: finished, prefix: '00CROWD', status: 'completed', createdAt: '2020-01-01T00:00:00.000Z' })
  fill.run({ count: pending, prefix: '7ZCROWD', status: 'pending', createdAt: '2100-01-01T00:00:00.000Z' })
  database.close()
}
