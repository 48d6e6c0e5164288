import { defineJob, type StandardSchema } from '@durably/core'
import { tell } from './journal-entry.ts'

/** What the job is asked to do. */
export interface Work {
  readonly steps: number
  /** How long each body takes. */
  readonly bodyMs: number
}

/** What the tests send is taken as it is. */
const work: StandardSchema<Work> = {
  '~standard': { version: 1, vendor: 'e2e', validate: (value) => ({ value: value as Work }) },
}

/** Steps that tell the server before their body begins. */
export function workJob(tab: string) {
  return defineJob({ name: 'work', input: work }, async (step, { steps, bodyMs }) => {
    for (let index = 0; index < steps; index++) {
      await step.run(`step ${index}`, async ({ signal }) => {
        tell({ kind: 'body', tab, runId: step.runId, step: `step ${index}`, generation: step.generation })
        await spend(bodyMs, signal)
        return index
      })
    }
    return steps
  })
}

/** Messages instead of timers, which a hidden page hardly gets. */
async function spend(durationMs: number, signal: { readonly aborted: boolean }): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const endAt = performance.now() + durationMs
  while (performance.now() < endAt && !signal.aborted) {
    await new Promise((resolve) => {
      port1.onmessage = resolve
      port2.postMessage(null)
    })
  }
  port1.close()
}
