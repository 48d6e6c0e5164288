import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { rejection } from './gate.ts'
import { anything, schema } from './schema.ts'

/** What schemas do to inputs and outputs. */
export function validationCases(define: DefineCase): void {
  define(
    'an input the schema refuses rejects with the issues and their paths, and nothing is stored',
    async ({ boot }) => {
      const strict = schema<{ items: { price: number }[] }, unknown>(() => ({
        issues: [
          { message: 'must be positive', path: ['items', 2, 'price'] },
          { message: 'is odd', path: [{ key: 'items' }] },
          { message: 'is wrong as a whole' },
        ],
      }))
      const job = defineJob({ name: 'job', input: strict }, () => 1)
      const { durably, jobs, events } = await boot({ jobs: { job } })
      const error = (await rejection(jobs.job.trigger({ items: [] }))) as {
        code?: unknown
        message: string
        details?: { issues?: unknown }
      }
      expectEqual(
        [error.code, error.details?.issues],
        [
          'INPUT_INVALID',
          [
            { path: 'items[2].price', message: 'must be positive' },
            { path: 'items', message: 'is odd' },
            { path: '', message: 'is wrong as a whole' },
          ],
        ],
        'code and issues',
      )
      expectTrue(
        error.message.includes('items[2].price') && error.message.includes('"job"'),
        `the message: ${error.message}`,
      )
      expectEqual([await durably.getRuns(), events.types()], [[], []], 'stored runs and events')
    },
  )

  define('an asynchronous schema is waited for', async ({ boot, time }) => {
    const patient = schema<string, string>(
      (value) =>
        new Promise((resolve) =>
          time.scheduler.after(50, () =>
            resolve(value === 'good' ? { value: `${value}!` } : { issues: [{ message: 'bad' }] }),
          ),
        ),
    )
    const job = defineJob({ name: 'job', input: patient, output: patient }, (_, input) =>
      input === 'good!' ? 'good' : 'bad',
    )
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const refused = rejection(jobs.job.trigger('bad'))
    const triggered = jobs.job.trigger('good')
    await time.advance(200)
    expectEqual(((await refused) as { code?: unknown }).code, 'INPUT_INVALID', 'the refusal')
    expectEqual((await durably.getRun((await triggered).id))?.output, 'good!', 'the parsed output')
  })

  define('a schema that throws or rejects counts as a refusal', async ({ boot }) => {
    const thrower = schema<string, string>(() => {
      throw new Error('validator is broken')
    })
    const rejecter = schema<string, string>(() => Promise.reject(new Error('validator is broken')))
    const one = defineJob({ name: 'one', input: thrower }, () => 1)
    const two = defineJob({ name: 'two', input: rejecter }, () => 1)
    const { jobs } = await boot({ jobs: { one, two } })
    await expectRejection(jobs.one.trigger('x'), 'INPUT_INVALID', 'a schema that throws')
    await expectRejection(jobs.two.trigger('x'), 'INPUT_INVALID', 'a schema that rejects')
  })

  define('the input is stored as it was sent and parsed anew at each claim', async ({ boot, time }) => {
    let parsings = 0
    const dated = schema<{ at: string }, { at: Date }>(({ at }) => {
      parsings += 1
      return { value: { at: new Date(at) } }
    })
    const seen: unknown[] = []
    const job = defineJob({ name: 'job', input: dated }, (_, { at }) => {
      seen.push([at instanceof Date, at.getTime()])
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id, input } = await jobs.job.trigger({ at: '2026-01-02T00:00:00.000Z' })
    expectEqual(input, { at: '2026-01-02T00:00:00.000Z' }, 'the input that trigger answers')
    durably.start()
    await time.settle()
    expectEqual(
      [seen, parsings],
      [[[true, Date.UTC(2026, 0, 2)]], 2],
      'what the handler got, and how often it was parsed',
    )
    expectEqual((await durably.getRun(id))?.input, { at: '2026-01-02T00:00:00.000Z' }, 'the stored input')
  })

  define(
    "today's schema decides: an input it refuses at the claim fails the run with INPUT_INVALID",
    async ({ boot }) => {
      let executed = false
      const before = defineJob({ name: 'job', input: anything<number>() }, () => 1)
      const stricter = schema<number, number>(() => ({ issues: [{ message: 'no longer accepted' }] }))
      const after = defineJob({ name: 'job', input: stricter }, () => {
        executed = true
      })
      const one = await boot({ jobs: { before } })
      const { id } = await one.jobs.before.trigger(7)
      const other = await boot({ jobs: { after } })
      await other.durably.processUntilIdle()
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.error?.code, executed],
        ['failed', 'INPUT_INVALID', false],
        'status, code, executed',
      )
      expectEqual(run.error?.data, { issues: [{ path: '', message: 'no longer accepted' }] }, 'the issues')
    },
  )

  define(
    'an output the schema refuses fails the run with OUTPUT_INVALID and keeps its steps',
    async ({ boot }) => {
      const positive = schema<number, number>((value) =>
        value > 0 ? { value } : { issues: [{ message: 'must be positive' }] },
      )
      const job = defineJob({ name: 'job', output: positive }, async (step) => step.run('compute', () => -1))
      const { durably, jobs } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      const run = present(await durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.output, run.error?.code],
        ['failed', null, 'OUTPUT_INVALID'],
        'status, output and code',
      )
      expectEqual(
        (await durably.getSteps(id)).map((step) => [step.name, step.output]),
        [['compute', -1]],
        'the steps',
      )
    },
  )

  define('the output is stored as its schema parsed it', async ({ boot }) => {
    const rounded = schema<number, number>((value) => ({ value: Math.round(value) }))
    const job = defineJob({ name: 'job', output: rounded }, () => 41.7)
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    expectEqual((await durably.getRun(id))?.output, 42, 'the stored output')
    expectEqual(
      events.of('run:complete').map((event) => event.output),
      [42],
      'the published output',
    )
  })

  define('an output that is not JSON fails the run with the path to it', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => ({ at: new Date(0) }))
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual(
      [run.status, run.error?.code, run.error?.data],
      ['failed', 'NOT_JSON', { path: '$.at' }],
      'status, code, path',
    )
  })
}
