import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'

class Money {
  readonly cents = 5
}

/** Values JSON cannot carry, and where they hide. */
const REFUSED: readonly (readonly [what: string, make: () => unknown, path: string])[] = [
  ['NaN', () => ({ rate: Number.NaN }), '$.rate'],
  ['Infinity', () => [1, Number.POSITIVE_INFINITY], '$[1]'],
  ['a Date', () => ({ at: [new Date(0)] }), '$.at[0]'],
  ['a bigint', () => 10n, '$'],
  ['a Map', () => ({ 'by id': new Map() }), '$["by id"]'],
  ['a Set', () => new Set([1]), '$'],
  ['a class instance', () => ({ price: new Money() }), '$.price'],
  ['a function', () => ({ callback: () => 1 }), '$.callback'],
  ['a symbol', () => Symbol('s'), '$'],
  ['undefined in an array', () => [undefined], '$[0]'],
  ['an own __proto__ key', () => JSON.parse('{"a":{"__proto__":{"admin":true}}}'), '$.a.__proto__'],
]

/** What a step may return. */
export function stepResultCases(define: DefineCase): void {
  for (const [what, make, path] of REFUSED) {
    define(
      `a result that holds ${what} fails the run with the path to it, and nothing is half-written`,
      async ({ boot }) => {
        const job = defineJob({ name: 'job' }, async (step) => {
          await step.run('before', () => 'kept')
          await step.run('bad', make)
        })
        const { durably, jobs } = await boot({ jobs: { job } })
        const { id } = await jobs.job.trigger()
        await durably.processUntilIdle()
        const { status, error } = present(await durably.getRun(id), 'the run')
        expectEqual(
          [status, error?.code, error?.stepName, error?.data],
          ['failed', 'NOT_JSON', 'bad', { path }],
          'status, code, step and path',
        )
        expectTrue(error?.message.includes(path) ?? false, `the message names ${path}: ${error?.message}`)
        const completed = (await durably.getSteps(id)).filter((step) => step.status === 'completed')
        expectEqual(
          completed.map((step) => [step.name, step.output]),
          [['before', 'kept']],
          'the completed steps',
        )
      },
    )
  }

  define('a result that refers to itself is refused as too deep', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      await step.run('bad', () => cycle as unknown)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual([run.status, run.error?.code], ['failed', 'LIMIT_EXCEEDED'], 'status and code')
  })

  define('a result over the limit is refused before it is written', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('fits', () => 'x'.repeat(98))
      await step.run('too large', () => 'x'.repeat(99))
    })
    const { durably, jobs } = await boot({ jobs: { job }, limits: { stepLength: 100 } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual(
      [run.status, run.error?.code, run.error?.data],
      ['failed', 'LIMIT_EXCEEDED', { length: 101, limit: 100 }],
      'status, code and sizes',
    )
    const completed = (await durably.getSteps(id)).filter((step) => step.status === 'completed')
    expectEqual(
      completed.map((step) => step.name),
      ['fits'],
      'the completed steps',
    )
  })

  define('values nested a hundred deep pass, deeper ones are refused', async ({ boot }) => {
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('deep', () => nested(100))
      await step.run('too deep', () => nested(101))
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual(
      [run.status, run.error?.code, run.error?.stepName],
      ['failed', 'LIMIT_EXCEEDED', 'too deep'],
      'status, code and step',
    )
  })

  define('text with any character comes back as it was', async ({ boot }) => {
    const text = 'line\nbreak\u0000null\u2028separator "quotes" \\ \u{1F600} \uD800 end'
    const job = defineJob(
      { name: 'job' },
      async (step) => (await step.run('text', () => ({ text }))).text === text,
    )
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    expectEqual((await durably.getRun(id))?.output, true, 'equal in the handler')
    expectEqual((await durably.getSteps(id))[0]?.output, { text }, 'the stored result')
  })

  define(
    'keys that look like parts of a prototype stay plain keys and change no prototype',
    async ({ boot }) => {
      const job = defineJob({ name: 'job' }, async (step) =>
        step.run('make', () => ({ constructor: 'c', prototype: { polluted: true }, toString: 't' })),
      )
      const { durably, jobs } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      const { output } = present(await durably.getRun(id), 'the run')
      expectEqual(output, { constructor: 'c', prototype: { polluted: true }, toString: 't' }, 'the output')
      expectTrue(!('polluted' in {}), 'no prototype was changed')
    },
  )
}
