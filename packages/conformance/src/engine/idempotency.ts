import { defineJob } from '@durably/core'
import { expectEqual, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { anything } from './schema.ts'

/** Triggering twice with one key. */
export function idempotencyCases(define: DefineCase): void {
  define('a second trigger with the same key answers the existing run and says so', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: anything<{ a: number; b: number }>() }, () => 1)
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const first = await jobs.job.trigger({ a: 1, b: 2 }, { idempotencyKey: 'order-1' })
    const second = await jobs.job.trigger({ b: 2, a: 1 }, { idempotencyKey: 'order-1' })
    expectEqual([first.created, second.created, second.id], [true, false, first.id], 'created, created, id')
    expectEqual(
      second.inputDiffers,
      false,
      'whether the inputs differ when only the order of their keys does',
    )
    expectEqual(
      [(await durably.getRuns()).length, events.types()],
      [1, ['run:trigger']],
      'stored runs and events',
    )
  })

  define(
    'another input with the same key is reported, nothing is thrown, and the first input stays',
    async ({ boot }) => {
      const job = defineJob({ name: 'job', input: anything<{ amount: number }>() }, () => 1)
      const { durably, jobs } = await boot({ jobs: { job } })
      const first = await jobs.job.trigger({ amount: 1 }, { idempotencyKey: 'k' })
      const second = await jobs.job.trigger({ amount: 2 }, { idempotencyKey: 'k' })
      expectEqual(
        [second.id, second.created, second.inputDiffers],
        [first.id, false, true],
        'id, created, inputDiffers',
      )
      expectEqual(
        [second.input, (await durably.getRun(first.id))?.input],
        [{ amount: 1 }, { amount: 1 }],
        'the inputs',
      )
    },
  )

  define('keys belong to a job: two jobs may use the same one', async ({ boot }) => {
    const one = defineJob({ name: 'one' }, () => 1)
    const two = defineJob({ name: 'two' }, () => 2)
    const { durably, jobs } = await boot({ jobs: { one, two } })
    const first = await jobs.one.trigger(undefined, { idempotencyKey: 'k' })
    const second = await jobs.two.trigger(undefined, { idempotencyKey: 'k' })
    expectEqual(
      [first.created, second.created, (await durably.getRuns()).length],
      [true, true, 2],
      'created, created, runs',
    )
  })

  define(
    'a key lives as long as its run: it answers an ended run, and is free once that is deleted',
    async ({ boot }) => {
      let executions = 0
      const job = defineJob({ name: 'job' }, () => {
        executions += 1
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      const first = await jobs.job.trigger(undefined, { idempotencyKey: 'k' })
      await durably.processUntilIdle()
      const second = await jobs.job.trigger(undefined, { idempotencyKey: 'k' })
      await durably.processUntilIdle()
      expectEqual(
        [second.id, second.status, second.created, executions],
        [first.id, 'completed', false, 1],
        'the second trigger',
      )
      await durably.deleteRun(first.id)
      const third = await jobs.job.trigger(undefined, { idempotencyKey: 'k' })
      await durably.processUntilIdle()
      expectEqual([third.created, third.id === first.id, executions], [true, false, 2], 'the third trigger')
    },
  )

  define('under a race in one process and across processes one run is created', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: anything<number>() }, () => 1)
    const processes = [
      await boot({ jobs: { job } }),
      await boot({ jobs: { job } }),
      await boot({ jobs: { job } }),
    ]
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, number) =>
        present(processes[number % 3], 'a process').jobs.job.trigger(number, { idempotencyKey: 'one' }),
      ),
    )
    expectEqual(
      [new Set(answers.map((run) => run.id)).size, answers.filter((run) => run.created).length],
      [1, 1],
      'runs, created',
    )
    expectEqual(
      answers.filter((run) => !run.created && run.inputDiffers).length,
      29,
      'how many were told that inputs differ',
    )
    expectEqual(
      processes.flatMap((process) => process.events.types()),
      ['run:trigger'],
      'the events of all processes',
    )
  })

  define('the same key twice in one batch is one run', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: anything<number>() }, () => 1)
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const options = { idempotencyKey: 'k' }
    const [a, b, c] = await jobs.job.batchTrigger([
      { input: 1, options },
      { input: 2 },
      { input: 3, options },
    ])
    expectEqual(
      [a?.created, b?.created, c?.created, c?.id === a?.id, c?.inputDiffers],
      [true, true, false, true, true],
      'created, created, created, same run, inputs differ',
    )
    expectEqual(
      [(await durably.getRuns()).length, events.of('run:trigger').length],
      [2, 2],
      'stored runs and events',
    )
  })
}
