import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Runs that take their process down. */
export function poisonCases(define: DefineCase): void {
  define(
    'a run that takes its process down again and again is failed as poison after maxRecoveries',
    async ({ boot, time }) => {
      let executions = 0
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async () => {
        executions += 1
        await stuck.opened
      })
      const first = await boot({ jobs: { job }, maxRecoveries: 3 })
      const { id } = await first.jobs.job.trigger()
      first.durably.start()
      await time.settle()
      first.crash()
      for (let crash = 1; crash <= 3; crash++) {
        const next = await boot({ jobs: { job }, maxRecoveries: 3 })
        next.durably.start()
        await time.advance(60_000)
        expectEqual(
          next.events.of('run:recover').map((event) => event.recoveries),
          [crash],
          `take-over ${crash}`,
        )
        next.crash()
      }
      const last = await boot({ jobs: { job }, maxRecoveries: 3 })
      last.durably.start()
      await time.advance(60_000)
      const run = present(await last.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.error?.code, executions],
        ['failed', 'POISON_RUN', 4],
        'status, code and executions',
      )
      expectEqual(
        last.events.of('run:fail').map((event) => event.error.code),
        ['POISON_RUN'],
        'the failure published',
      )
      expectTrue((run.error?.message ?? '').length > 20, 'the message says what happened')
    },
  )

  define('a run that records a step between crashes is never poison', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      for (let count = 1; count <= 6; count++)
        await step.run(`step ${count}`, () => (count > step.generation ? stuck.opened : count))
      return 'through'
    })
    const { id } = await (await boot({ jobs: { job } })).jobs.job.trigger()
    for (let crash = 1; crash <= 6; crash++) {
      const process = await boot({ jobs: { job }, maxRecoveries: 2 })
      process.durably.start()
      await time.advance(60_000)
      if (crash < 6) process.crash()
      else expectEqual((await process.durably.getRun(id))?.output, 'through', 'the output after five crashes')
    }
  })

  define('hand-backs at shutdown do not count towards poison', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      if (step.generation <= 5) await stuck.opened
    })
    const { durably, jobs } = await boot({ jobs: { job }, maxRecoveries: 1 })
    const { id } = await jobs.job.trigger()
    for (let round = 0; round < 6; round++) {
      durably.start()
      await time.settle()
      const stopping = durably.stop({ timeout: 10 })
      await time.advance(10)
      await stopping
    }
    const run = present(await durably.getRun(id), 'the run')
    expectEqual([run.status, run.generation], ['completed', 6], 'status and generation')
  })

  define('a poisoned run can be retried and keeps its steps', async ({ boot, time }) => {
    const stuck = gate()
    let mended = false
    let prepared = 0
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('prepare', () => {
        prepared += 1
      })
      if (!mended) await stuck.opened
      return 'mended'
    })
    const { id } = await (await boot({ jobs: { job } })).jobs.job.trigger()
    for (let crash = 0; crash < 3; crash++) {
      const process = await boot({ jobs: { job }, maxRecoveries: 1 })
      process.durably.start()
      await time.advance(60_000)
      process.crash()
    }
    const last = await boot({ jobs: { job }, maxRecoveries: 1 })
    last.durably.start()
    await time.advance(60_000)
    expectEqual((await last.durably.getRun(id))?.error?.code, 'POISON_RUN', 'the error before the retry')
    mended = true
    await last.durably.retry(id)
    await time.settle()
    expectEqual(
      [(await last.durably.getRun(id))?.output, prepared],
      ['mended', 1],
      'output, and executions of the first step',
    )
  })
}
