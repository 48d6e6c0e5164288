import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { anything } from './schema.ts'

const cycle: { self?: unknown } = {}
cycle.self = cycle

/** Everything that is refused before a single write. */
export function badInputCases(define: DefineCase): void {
  for (const [what, input, code] of [
    ['a bigint', 1n, 'NOT_JSON'],
    ['NaN', { rate: Number.NaN }, 'NOT_JSON'],
    ['a Date', { at: new Date(0) }, 'NOT_JSON'],
    ['a Map', new Map(), 'NOT_JSON'],
    ['a function', { callback: () => 1 }, 'NOT_JSON'],
    ['undefined in an array', [1, undefined], 'NOT_JSON'],
    ['an own __proto__ key', JSON.parse('{"__proto__":{"polluted":true}}'), 'NOT_JSON'],
    ['itself', cycle, 'LIMIT_EXCEEDED'],
    ['101 levels', JSON.parse('['.repeat(101) + ']'.repeat(101)), 'LIMIT_EXCEEDED'],
    ['more than 1 MiB', 'x'.repeat(1_048_575), 'LIMIT_EXCEEDED'],
  ] as const) {
    define(
      `an input that holds ${what} is refused with ${code} before anything is written`,
      async ({ boot }) => {
        const job = defineJob({ name: 'job', input: anything<unknown>() }, () => 1)
        const { jobs, storage, events } = await boot({ jobs: { job } })
        await expectRejection(jobs.job.trigger(input), code, 'trigger')
        await expectRejection(jobs.job.batchTrigger([{ input: 1 }, { input }]), code, 'batchTrigger')
        expectEqual([storage.calls, events.types()], [[], []], 'calls and events')
        expectTrue(!('polluted' in {}), 'no prototype was changed')
      },
    )
  }

  define('the largest input that is allowed comes back as it was', async ({ boot }) => {
    const text = 'x'.repeat(1_048_574)
    const job = defineJob({ name: 'job', input: anything<string>() }, (_, input) => input.length)
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger(text)
    await durably.processUntilIdle()
    const run = await durably.getRun(id)
    expectEqual([run?.output, run?.input === text], [text.length, true], 'its length, and equality')
  })

  define('an output over its limit fails the run', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 'x'.repeat(99))
    const { durably, jobs } = await boot({ jobs: { job }, limits: { outputLength: 100 } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = await durably.getRun(id)
    expectEqual([run?.status, run?.error?.code], ['failed', 'LIMIT_EXCEEDED'], 'status and code')
  })

  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`label ${index}`, 'x']))
  for (const [what, options, code] of [
    ['an empty idempotency key', { idempotencyKey: '' }, 'OPTION_INVALID'],
    ['an idempotency key of 256 characters', { idempotencyKey: 'x'.repeat(256) }, 'LIMIT_EXCEEDED'],
    ['an idempotency key with a control character', { idempotencyKey: 'a\u0000' }, 'OPTION_INVALID'],
    ['an idempotency key with a byte order mark', { idempotencyKey: '\uFEFFa' }, 'OPTION_INVALID'],
    ['an empty concurrency key', { concurrencyKey: '' }, 'OPTION_INVALID'],
    ['a concurrency key that is a number', { concurrencyKey: 5 as unknown as string }, 'OPTION_INVALID'],
    ['65 labels', { labels: many }, 'LIMIT_EXCEEDED'],
    ['a label without a name', { labels: { '': 'x' } }, 'OPTION_INVALID'],
    ['a label whose value is a number', { labels: { n: 1 as unknown as string } }, 'OPTION_INVALID'],
    ['a label value of 256 characters', { labels: { n: 'x'.repeat(256) } }, 'LIMIT_EXCEEDED'],
    ['a label named __proto__', { labels: JSON.parse('{"__proto__":"x"}') }, 'OPTION_INVALID'],
    ['a negative delay', { delay: -1 }, 'OPTION_INVALID'],
    ['a delay beyond every calendar', { delay: 1e300 }, 'OPTION_INVALID'],
    ['labels that are a text', { labels: 'ab' as never }, 'OPTION_INVALID'],
    ['a delay that is no duration', { delay: 'soon' as '1s' }, 'OPTION_INVALID'],
    ['an infinite delay', { delay: Number.POSITIVE_INFINITY }, 'OPTION_INVALID'],
    ['an option that does not exist', { idempotencykey: 'x' } as object, 'OPTION_INVALID'],
  ] as const) {
    define(`a trigger with ${what} is refused with ${code} before anything is written`, async ({ boot }) => {
      const job = defineJob({ name: 'job' }, () => 1)
      const { jobs, storage } = await boot({ jobs: { job } })
      await expectRejection(jobs.job.trigger(undefined, options), code, 'trigger')
      expectEqual(storage.calls, [], 'the calls of the storage')
    })
  }

  define('an input for a job that takes none is refused', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { jobs, storage } = await boot({ jobs: { job } })
    await expectRejection(
      jobs.job.trigger({ surprising: true } as unknown as undefined),
      'INPUT_INVALID',
      'trigger',
    )
    expectEqual(storage.calls, [], 'the calls of the storage')
  })

  define('ids that are no text are refused with OPTION_INVALID', async ({ boot }) => {
    const { durably } = await boot()
    const wrong = 5 as unknown as string
    for (const [name, call] of Object.entries({
      getRun: () => durably.getRun(wrong),
      getSteps: () => durably.getSteps(wrong),
      getLogs: () => durably.getLogs(wrong),
      cancel: () => durably.cancel(wrong),
      retry: () => durably.retry(wrong),
      deleteRun: () => durably.deleteRun(wrong),
      retrigger: () => durably.retrigger(wrong),
      waitForRun: () => durably.waitForRun(wrong),
    })) {
      await expectRejection(call(), 'OPTION_INVALID', name)
    }
  })

  for (const [what, filter] of [
    ['a cursor', { cursor: ['id'] }],
    ['a label', { labels: { team: {} } }],
    ['a status', { status: 5 }],
    ['a name of a job', { jobName: [null] }],
  ] as const) {
    define(`${what} that is no text is refused by the lists before it is looked for`, async ({ boot }) => {
      const { durably, storage } = await boot()
      await expectRejection(durably.getRuns(filter as object), 'OPTION_INVALID', 'getRuns')
      if ('cursor' in filter)
        await expectRejection(durably.getLogs('id', filter as object), 'OPTION_INVALID', 'getLogs')
      expectEqual(storage.calls, [], 'the calls of the storage')
    })
  }

  define('nonsense given to stop, processUntilIdle or a wait is refused', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    await expectRejection(durably.stop({ timeout: -1 }), 'OPTION_INVALID', 'stop')
    for (const timeout of [Number.NaN, null, '5'])
      await expectRejection(
        durably.stop({ timeout: timeout as number }),
        'OPTION_INVALID',
        `stop with ${timeout}`,
      )
    await expectRejection(
      durably.processUntilIdle({ deadline: Number.NaN }),
      'OPTION_INVALID',
      'processUntilIdle',
    )
    await expectRejection(
      jobs.job.triggerAndWait(undefined, { timeout: -1 }),
      'OPTION_INVALID',
      'triggerAndWait',
    )
    expectEqual(await durably.getRuns(), [], 'a refused triggerAndWait stores nothing')
  })

  define('input that looks like a prototype changes none', async ({ boot }) => {
    const input = JSON.parse('{"constructor":{"prototype":{"polluted":true}},"prototype":1}') as object
    const job = defineJob({ name: 'job', input: anything<object>() }, async (step, given) =>
      step.run('echo', () => given),
    )
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger(input)
    await durably.processUntilIdle()
    expectEqual((await durably.getRun(id))?.output, input, 'the output')
    expectTrue(!('polluted' in {}), 'no prototype was changed')
  })
}
