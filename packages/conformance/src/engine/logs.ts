import { defineJob } from '@durably/core'
import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Log lines of handlers and step bodies. */
export function logCases(define: DefineCase): void {
  define(
    'a line is published with run, job, labels, generation, step, level, message and data',
    async ({ boot }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        step.log.info('from the handler', { n: 1 })
        await step.run('fetch', ({ log }) => {
          log.warn('from the body')
          log.error('again', [1, 'two', null])
        })
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger(undefined, { labels: { tenant: 'acme' } })
      await durably.processUntilIdle()
      expectEqual(
        events.of('log:write').map(({ timestamp: _, sequence: __, ...line }) => line),
        [
          { level: 'info', message: 'from the handler', data: { n: 1 }, stepName: null },
          { level: 'warn', message: 'from the body', data: undefined, stepName: 'fetch' },
          { level: 'error', message: 'again', data: [1, 'two', null], stepName: 'fetch' },
        ].map((line) => ({
          type: 'log:write',
          runId: id,
          jobName: 'job',
          labels: { tenant: 'acme' },
          generation: 1,
          ...line,
        })),
        'the lines',
      )
    },
  )

  define(
    "a body's log names its step also in parallel; the handler's names the only step in flight, otherwise none",
    async ({ boot, time }) => {
      const gates = { a: gate(), b: gate() }
      const job = defineJob({ name: 'job' }, async (step) => {
        const a = step.run('a', async ({ log }) => {
          await gates.a.opened
          log.info('inside a')
        })
        step.log.info('while a alone is in flight')
        const b = step.run('b', async ({ log }) => {
          await gates.b.opened
          log.info('inside b')
        })
        step.log.info('while both are in flight')
        await Promise.all([a, b])
        step.log.info('while none is in flight')
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      await jobs.job.trigger()
      await time.settle()
      gates.b.open()
      gates.a.open()
      await time.settle()
      expectEqual(
        events.of('log:write').map((line) => [line.message, line.stepName]),
        [
          ['while a alone is in flight', 'a'],
          ['while both are in flight', null],
          ['inside b', 'b'],
          ['inside a', 'a'],
          ['while none is in flight', null],
        ],
        'the lines and the steps they name',
      )
    },
  )

  define(
    'data that cannot be serialised is shown as a placeholder, and logging never throws',
    async ({ boot }) => {
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      const trap = {
        get secret(): string {
          throw new Error('getter')
        },
      }
      const odd: readonly unknown[] = [
        cycle,
        10n,
        new Map(),
        () => 1,
        Symbol('s'),
        trap,
        Number.NaN,
        new Date(0),
      ]
      const job = defineJob({ name: 'job' }, (step) => {
        for (const data of odd) step.log.info('odd', data)
        step.log.error('an error', new RangeError('boom'))
        step.log.info(5 as unknown as string)
        step.log.info(Symbol('message') as unknown as string)
        step.log.info('huge', 'x'.repeat(1_000_000))
        return 'survived'
      })
      const { durably, jobs, events, errors } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      expectEqual((await durably.getRun(id))?.output, 'survived', 'the output')
      const lines = events.of('log:write')
      expectEqual([lines.length, errors], [odd.length + 4, []], 'the lines published, and reported errors')
      for (const line of lines) {
        expectTrue(typeof line.message === 'string', `the message of ${line.sequence} is text`)
        expectTrue(
          (JSON.stringify(line.data) ?? '').length < 200_000,
          `the data of ${line.sequence} is bounded`,
        )
      }
      for (const line of lines.slice(0, odd.length))
        expectEqual(typeof line.data, 'string', 'a placeholder is text')
      const ofError = lines[odd.length]?.data as { message?: unknown } | undefined
      expectEqual(ofError?.message, 'boom', 'an error shows its message')
    },
  )

  define(
    'an error in the place of the message, and one that cannot be read, are logged',
    async ({ boot }) => {
      const unreadable = Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('getter')
        },
      })
      const job = defineJob({ name: 'job' }, (step) => {
        step.log.error(new RangeError('boom') as unknown as string)
        step.log.error('odd', unreadable)
        return 'survived'
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      expectEqual((await durably.getRun(id))?.output, 'survived', 'the output')
      const [named, odd] = events.of('log:write')
      expectEqual(named?.message, 'RangeError: boom', 'the message')
      expectEqual((odd?.data as { name?: unknown } | undefined)?.name, 'Error', 'the data')
    },
  )

  define('data that cannot even be asked what it is, is shown as a placeholder', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, (step) => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      step.log.info('odd', proxy)
      return 'survived'
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = await durably.getRun(id)
    expectEqual([run?.output, run?.error], ['survived', null], 'output and error')
    expectEqual(
      events.of('log:write').map(({ message, data }) => [message, typeof data]),
      [['odd', 'string']],
      'the line, and the type of its data',
    )
  })

  define('lines are not stored unless a plugin does it', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, (step) => step.log.info('hello'))
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    expectEqual(await durably.getLogs(id), [], 'the stored lines')
  })

  define('a message that is a document is cut, visibly', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, (step) => step.log.info('x'.repeat(100_000)))
    const { durably, jobs, events } = await boot({ jobs: { job } })
    await jobs.job.trigger()
    await durably.processUntilIdle()
    const [line] = events.of('log:write')
    expectEqual(line?.message, `${'x'.repeat(8_192)}…`, 'the message')
  })

  define('data is what it was when the line was written', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, (step) => {
      const data = { count: 1 }
      step.log.info('one', data)
      data.count = 2
      step.log.info('two', data)
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    await jobs.job.trigger()
    await durably.processUntilIdle()
    expectEqual(
      events.of('log:write').map((line) => line.data),
      [{ count: 1 }, { count: 2 }],
      'the data',
    )
  })
}
