import type { AnyJob } from '../job/job.ts'
import type { Run } from '../run/run.ts'
import { found } from './existing-run.ts'
import type { JobHandle, RunsFilter, TriggerOptions, WaitOptions } from './job-handle.ts'
import type { Runs } from './runs.ts'
import type { Triggers } from './triggers.ts'
import { readTimeout } from './wait.ts'

/** What a handle stands on. */
export interface HandlePorts {
  readonly triggers: Triggers
  readonly runs: Runs
  readonly wait: (runId: string, options: WaitOptions) => Promise<Run>
}

/** The handle of a registered job. Its precise types are given to it where it is handed out. */
export function createHandle(job: AnyJob, { triggers, runs, wait }: HandlePorts): JobHandle<AnyJob> {
  const getRun = async (runId: string) => {
    const run = await runs.get(runId)
    return run?.jobName === job.name ? run : null
  }
  return Object.freeze({
    name: job.name,
    job,
    trigger: (input?: unknown, options?: TriggerOptions) => triggers.one(job, input, options),
    batchTrigger: (items: Parameters<Triggers['batch']>[1]) => triggers.batch(job, items),
    triggerAndWait: async (input?: unknown, options: TriggerOptions & WaitOptions = {}) => {
      // Before anything is stored: a refused wait must not leave a run behind.
      readTimeout(options)
      const { id } = await triggers.one(job, input, options)
      return (await wait(id, options)) as Run & { readonly output: unknown }
    },
    waitForRun: async (runId: string, options: WaitOptions = {}) => {
      found(await getRun(runId), runId)
      return (await wait(runId, options)) as Run & { readonly output: unknown }
    },
    getRun,
    getRuns: (filter?: RunsFilter) => runs.list({ ...filter, jobName: job.name }),
  })
}
