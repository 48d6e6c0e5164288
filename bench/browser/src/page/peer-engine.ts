import { createDurably, defineJob } from '@coji/durably'
import { sqlocal } from '@durably/driver-sqlocal'
import type { Dialect } from 'kysely'
import { SQLocalKysely } from 'sqlocal/kysely'
import { z } from 'zod'
import type { Engine, EngineOptions, OpenEngine } from './engine.ts'

/** `@coji/durably` on stock sqlocal, as its documentation shows it. */
export const peerOnStock: OpenEngine = (options) => {
  const { dialect } = new SQLocalKysely(options.databasePath)
  return open(dialect as unknown as Dialect, options)
}

/** `@coji/durably` on our worker. */
export const peerOnOurWorker: OpenEngine = async (options) => {
  const storage = sqlocal({ databasePath: options.databasePath, persist: false })
  return open((await storage.dialect()) as unknown as Dialect, options)
}

async function open(dialect: Dialect, { concurrency }: EngineOptions): Promise<Engine> {
  let bodyBegins = (_runId: string) => {}
  const job = defineJob({
    name: 'bench',
    input: z.object({ steps: z.number() }),
    output: z.number(),
    run: async (step, { steps }) => {
      bodyBegins(step.runId)
      for (let index = 0; index < steps; index++) await step.run(`step ${index}`, () => index)
      return steps
    },
  })
  const instance = createDurably({
    dialect,
    jobs: { job },
    maxConcurrentRuns: concurrency,
    pollingIntervalMs: 1,
    // Otherwise a finished run's steps are deleted: slower, and nothing left to resume from.
    preserveSteps: true,
  })
  await instance.migrate()
  return {
    enqueue: async (count, steps) =>
      void (await instance.jobs.job.batchTrigger(Array.from({ length: count }, () => ({ steps })))),
    trigger: async (steps) => (await instance.jobs.job.trigger({ steps })).id,
    start: () => instance.start(),
    onComplete: (listener) => void instance.on('run:complete', listener),
    onBody(listener) {
      bodyBegins = listener
    },
    onSteps() {
      throw new Error('The peer is not measured resuming.')
    },
    stop: () => instance.stop(),
  }
}
