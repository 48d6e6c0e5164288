import { defineJob } from '@durably/core'
import { expectEqual, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Handlers that throw. */
export function handlerFailureCases(define: DefineCase): void {
  define('a handler that throws outside of a step fails the run with that error', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('fine', () => 1)
      throw new TypeError('not in a step')
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const { status, error } = present(await durably.getRun(id), 'the run')
    expectEqual(
      [status, error?.name, error?.message, error?.stepName],
      ['failed', 'TypeError', 'not in a step', undefined],
      'status and error',
    )
  })

  define('a handler that throws before its first await fails the run as well', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => {
      throw new Error('at once')
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual([run.status, run.error?.message], ['failed', 'at once'], 'status and error')
  })

  define(
    'a handler that throws what cannot even be asked what it is fails the run',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return Promise.reject(proxy)
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      const run = present(await durably.getRun(id), 'the run')
      expectEqual(
        [run.status, typeof run.error?.message],
        ['failed', 'string'],
        'status, type of the message',
      )
    },
  )

  define(
    'when the handler throws, bodies in flight are told and their results are still recorded',
    async ({ boot, time }) => {
      const slow = gate<string>()
      let told = false
      const job = defineJob({ name: 'job' }, async (step) => {
        await Promise.all([
          step.run('slow', ({ signal }) => {
            signal.addEventListener('abort', () => {
              told = true
            })
            return slow.opened
          }),
          step.run('bad', () => {
            throw new Error('one of two')
          }),
        ])
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      expectEqual(
        [told, (await durably.getRun(id))?.status],
        [true, 'running'],
        'the body in flight is told, the settle waits',
      )
      slow.open('finished anyway')
      await time.settle()
      const run = present(await durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.error?.message, run.error?.stepName],
        ['failed', 'one of two', 'bad'],
        'the run',
      )
      expectEqual(
        (await durably.getSteps(id)).map((step) => [step.name, step.status, step.output]),
        [
          ['slow', 'completed', 'finished anyway'],
          ['bad', 'failed', undefined],
        ],
        'the steps',
      )
    },
  )

  define('steps are not started any more once the handler has thrown', async ({ boot, time }) => {
    const slow = gate()
    let executed = false
    const job = defineJob({ name: 'job' }, async (step) => {
      const chain = step
        .run('slow', () => slow.opened)
        .then(() =>
          step.run('after slow', () => {
            executed = true
          }),
        )
      await Promise.all([
        chain,
        step.run('bad', () => {
          throw new Error('one of two')
        }),
      ])
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    slow.open()
    await time.settle()
    expectEqual(
      [(await durably.getRun(id))?.status, executed],
      ['failed', false],
      'the run, and whether the next body ran',
    )
  })
}
