import { defineJob } from '@durably/core'
import { expectEqual, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Steps that throw. */
export function stepFailureCases(define: DefineCase): void {
  define('a step that throws fails the run with its error and the name of the step', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('first', () => 1)
      await step.run('charge', () => {
        throw Object.assign(new RangeError('card declined'), { code: 'E_CARD', data: { last4: '4242' } })
      })
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const { status, output, error } = present(await durably.getRun(id), 'the run')
    const { stack, ...facts } = present(error, 'the error')
    expectEqual(
      { status, output, facts },
      {
        status: 'failed',
        output: null,
        facts: {
          name: 'RangeError',
          message: 'card declined',
          code: 'E_CARD',
          stepName: 'charge',
          data: { last4: '4242' },
        },
      },
      'the failed run',
    )
    expectEqual(stack?.includes('card declined'), true, 'the stack is kept')
    expectEqual(
      (await durably.getSteps(id)).map((step) => [step.name, step.status, step.attempt, step.error?.message]),
      [
        ['first', 'completed', 1, undefined],
        ['charge', 'failed', 1, 'card declined'],
      ],
      'the steps',
    )
    expectEqual(
      events.types(),
      ['run:trigger', 'run:start', 'step:start', 'step:complete', 'step:start', 'step:fail', 'run:fail'],
      'the events',
    )
  })

  for (const [what, thrown, message] of [
    ['text', 'just text', 'just text'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a plain object', { reason: 'odd' }, '{"reason":"odd"}'],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
  ] as const) {
    define(`a step may throw ${what}`, async ({ boot }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('odd', () => {
          throw thrown
        })
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      const run = present(await durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.error?.name, run.error?.message, run.error?.stepName],
        ['failed', 'Error', message, 'odd'],
        'status, error and step',
      )
    })
  }

  define('a handler may catch the failure of a step and go on', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      try {
        await step.run('charge', () => {
          throw new Error('declined')
        })
      } catch {
        return step.run('refund', () => 'refunded')
      }
      return 'charged'
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual([run.status, run.output], ['completed', 'refunded'], 'status and output')
    expectEqual(
      (await durably.getSteps(id)).map((step) => [step.name, step.status]),
      [
        ['charge', 'failed'],
        ['refund', 'completed'],
      ],
      'the steps',
    )
  })

  define(
    'after a crash a recorded failure is thrown again, equal to the first time, and its body stays unexecuted',
    async ({ boot, time }) => {
      let charges = 0
      const caught: unknown[] = []
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        try {
          await step.run('charge', () => {
            charges += 1
            // A second execution would succeed, and the run would leave the path it is on.
            if (charges === 1)
              throw Object.assign(new RangeError('declined'), { code: 51, data: { retry: false } })
            return 'charged'
          })
        } catch (error) {
          const { name, message, code, stepName, data } = error as Record<string, unknown>
          caught.push({ name, message, code, stepName, data, isError: error instanceof Error })
          if (step.generation === 1) await step.run('wait', () => stuck.opened)
          return step.run('refund', () => 'refunded')
        }
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(60_000)
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.output, charges],
        ['completed', 'refunded', 1],
        'status, output and executions',
      )
      expectEqual(caught.length, 2, 'how often the failure was caught')
      expectEqual(caught[0], caught[1], 'the error of the first pass and of the replay')
      const { name, message, code, data, isError } = caught[0] as Record<string, unknown>
      expectEqual(
        { message, code, data, isError },
        { message: 'declined', code: 51, data: { retry: false }, isError: true },
        `the error (its name is ${String(name)})`,
      )
    },
  )

  define(
    'retry forgets failures, so the failed step is executed again and completed ones are not',
    async ({ boot }) => {
      const ran: string[] = []
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('download', () => ran.push('download'))
        await step.run('upload', ({ attempt }) => {
          ran.push(`upload, attempt ${attempt}`)
          if (attempt < 3) throw new Error(`attempt ${attempt}`)
        })
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      await durably.retry(id)
      await durably.processUntilIdle()
      await durably.retry(id)
      await durably.processUntilIdle()
      expectEqual(
        ran,
        ['download', 'upload, attempt 1', 'upload, attempt 2', 'upload, attempt 3'],
        'the bodies executed',
      )
      expectEqual(
        (await durably.getSteps(id)).map((step) => [
          step.name,
          step.index,
          step.status,
          step.attempt,
          step.forgotten,
        ]),
        [
          ['download', 0, 'completed', 1, false],
          ['upload', 1, 'failed', 1, true],
          ['upload', 1, 'failed', 2, true],
          ['upload', 1, 'completed', 3, false],
        ],
        'the steps, their failures before their success',
      )
      const run = present(await durably.getRun(id), 'the run')
      expectEqual([run.status, run.error], ['completed', null], 'status and error')
    },
  )
}
