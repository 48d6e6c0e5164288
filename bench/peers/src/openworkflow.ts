import Database from 'better-sqlite3'
import { OpenWorkflow } from 'openworkflow'
import { BackendSqlite } from 'openworkflow/sqlite'
import { CompletionCounter } from './completion-counter.ts'
import type { EngineSystem, JobInput } from './engine.ts'

/** OpenWorkflow on its own SQLite backend, which opens the file in WAL mode itself. */
export const openWorkflow: EngineSystem = {
  async open(options) {
    const backend = BackendSqlite.connect(options.path)
    setSynchronous(backend, options.durability === 'full' ? 'FULL' : 'NORMAL')
    const client = new OpenWorkflow({ backend })
    const completions = countCompletions(backend)
    const workflow = client.defineWorkflow<JobInput, number>({ name: 'bench' }, ({ input, step, run }) =>
      options.handler((name, body) => step.run({ name }, body), input, run.id),
    )
    const worker = client.newWorker({ concurrency: options.concurrency })

    return {
      completions,
      trigger: async (input) => (await workflow.run(input)).workflowRun.id,
      async triggerBatch(inputs) {
        // It has no batch; runs are stored one at a time.
        for (const input of inputs) await workflow.run(input)
      },
      start: () => void worker.start(),
      retry: () => Promise.reject(new Error('OpenWorkflow retries failed runs by its own policy')),
      async stop() {
        await worker.stop()
        await backend.stop()
      },
    }
  },

  tally(path) {
    const database = new Database(path, { readonly: true })
    const count = (table: string, status: string) =>
      database.prepare(`SELECT count(*) FROM ${table} WHERE status = ?`).pluck().get(status) as number
    const result = {
      pending: count('workflow_runs', 'pending'),
      completed: count('workflow_runs', 'completed'),
      failed: count('workflow_runs', 'failed'),
      steps: count('step_attempts', 'completed'),
    }
    database.close()
    return result
  },

  crowd: () => {
    throw new Error('OpenWorkflow is not measured on crowded tables')
  },
}

/** The backend has no option for `synchronous`, and keeps its connection private. */
function setSynchronous(backend: BackendSqlite, mode: 'FULL' | 'NORMAL'): void {
  const database: unknown = Reflect.get(backend, 'db')
  if (!(database instanceof Object && 'exec' in database && typeof database.exec === 'function')) {
    throw new Error('openworkflow keeps its connection elsewhere now: durability would not be equal')
  }
  database.exec(`PRAGMA synchronous = ${mode}`)
}

/** There is no event for a completed run, so the call that stores it is watched. */
function countCompletions(backend: BackendSqlite): CompletionCounter {
  const completions = new CompletionCounter()
  const complete = backend.completeWorkflowRun.bind(backend)
  backend.completeWorkflowRun = async (params) => {
    const run = await complete(params)
    completions.add()
    return run
  }
  return completions
}
