import { createDurably, defineJob, type Storage } from '@durably/core'
import { type ClientOptions, sqlocal } from '@durably/driver-sqlocal'
import { SQLocal } from 'sqlocal'
import { z } from 'zod'
import type { Engine, EngineOptions, OpenEngine } from './engine.ts'

/** Durably on a file of its own. */
export const durably: OpenEngine = (options) =>
  open(sqlocal({ databasePath: options.databasePath, persist: false }), options)

/** Durably on a stock client of sqlocal. */
export const durablyCompatible: OpenEngine = (options) => {
  // The peer brings an older kysely, and with it another copy of the same class.
  const client = new SQLocal(options.databasePath) as unknown as ClientOptions['client']
  return open(sqlocal({ client }), options)
}

async function open(storage: Storage, { concurrency, neverEnding = false }: EngineOptions): Promise<Engine> {
  let bodyBegins = (_runId: string) => {}
  let stepsRecorded = () => {}
  const job = defineJob(
    { name: 'bench', input: z.object({ steps: z.number() }) },
    async (step, { steps }) => {
      bodyBegins(step.runId)
      for (let index = 0; index < steps; index++) await step.run(`step ${index}`, () => index)
      stepsRecorded()
      if (neverEnding) await new Promise(() => {})
      return steps
    },
  )
  const instance = createDurably({ storage, jobs: { job }, concurrency })
  await instance.migrate()
  return {
    enqueue: async (count, steps) =>
      void (await instance.jobs.job.batchTrigger(
        Array.from({ length: count }, () => ({ input: { steps } })),
      )),
    trigger: async (steps) => (await instance.jobs.job.trigger({ steps })).id,
    start: () => instance.start(),
    onComplete: (listener) => void instance.on('run:complete', listener),
    onBody(listener) {
      bodyBegins = listener
    },
    onSteps(listener) {
      stepsRecorded = listener
    },
    stop: () => instance.close({ timeout: 0 }),
  }
}
