import { defineJob, isDurablyError, type StandardSchema } from '@durably/core'
import { tell, write } from './journal-entry.ts'

/** What a run is asked to do. */
export interface Work {
  readonly steps: number
  /** How long each body takes. */
  readonly bodyMs: number
  /** Makes the input larger. */
  readonly ballast?: string
}

/** Where a job runs. */
export interface Workplace {
  readonly tab: string
  /** Keeps its time in hidden tabs. */
  sleep(durationMs: number): Promise<void>
}

/** What the tests send is taken as it is. */
const work: StandardSchema<Work> = {
  '~standard': { version: 1, vendor: 'e2e', validate: (value) => ({ value: value as Work }) },
}

/** Steps in sequence. A body begins only when the journal holds that it does. */
export function workJob({ tab, sleep }: Workplace) {
  return defineJob({ name: 'work', input: work }, async (step, { steps, bodyMs }) => {
    for (let index = 0; index < steps; index++) {
      const about = { tab, runId: step.runId, step: `step ${index}`, generation: step.generation }
      try {
        const value = await step.run(about.step, async () => {
          await write({ kind: 'begin', ...about })
          await sleep(bodyMs)
          return `${tab}/${step.generation}/${performance.now()}`
        })
        tell({ kind: 'result', ...about, value })
      } catch (error) {
        if (isDurablyError(error)) {
          tell({ kind: 'refused', ...about, code: error.code, aborted: step.signal.aborted })
        }
        throw error
      }
    }
    return steps
  })
}

/** One step that says nothing, for as many runs as there may be; `count` is told of each body. */
export function quietJob(count: () => void) {
  return defineJob({ name: 'quiet', input: work }, (step) => step.run('only', () => count()))
}
