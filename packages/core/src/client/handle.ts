import type { AnyJob } from '../job/job.ts'
import type { Run } from '../run/run.ts'
import { found } from './existing-run.ts'
import type { JobHandle, RunsFilter, TriggerOptions, WaitOptions } from './job-handle.ts'
import type { Runs } from './runs.ts'
import type { Triggers } from './triggers.ts'
import { readTimeout } from './wait.ts'

type WithOutput = Run & { readonly output: unknown }

/** The handle of a registered job. Its precise types are given to it where it is handed out. */
export function createHandle(
  job: AnyJob,
  triggers: Triggers,
  runs: Pick<Runs, 'getRun' | 'getRuns'>,
  wait: (runId: string, options?: WaitOptions) => Promise<Run>,
): JobHandle<AnyJob> {
  const { name } = job
  const getRun = async (runId: string) => {
    const run = await runs.getRun(runId)
    return run?.jobName === name ? run : null
  }
  return Object.freeze({
    name,
    job,
    trigger: (input?: unknown, options?: TriggerOptions) => triggers.one(job, input, options),
    batchTrigger: (items: Parameters<Triggers['batch']>[1]) => triggers.batch(job, items),
    triggerAndWait: async (input?: unknown, options: TriggerOptions & WaitOptions = {}) => {
      // Before anything is stored: a refused wait must not leave a run behind.
      readTimeout(options)
      let ended: Promise<Run> | undefined
      // Followed from the turn it is stored in: a worker may begin to execute it in the same one.
      await triggers.one(job, input, options, (runId) => {
        ended = wait(runId, options)
      })
      return (await ended) as WithOutput
    },
    waitForRun: async (runId: string, options?: WaitOptions) => {
      found(await getRun(runId), runId)
      return (await wait(runId, options)) as WithOutput
    },
    getRun,
    getRuns: (filter?: RunsFilter) => runs.getRuns({ ...filter, jobName: name }),
  })
}
