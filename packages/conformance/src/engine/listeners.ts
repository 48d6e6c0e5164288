import { defineJob } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'

/** Who is told, and what listeners can do: nothing to anyone else. */
export function listenerCases(define: DefineCase): void {
  define('on returns the function that takes the subscription back', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    const heard: string[] = []
    const off = durably.on('run:complete', () => heard.push('typed'))
    const offAll = durably.on('*', (event) => heard.push(event.type))
    durably.start()
    await jobs.job.trigger()
    await time.settle()
    off()
    offAll()
    off()
    await jobs.job.trigger()
    await time.settle()
    expectEqual(
      heard,
      ['worker:start', 'run:trigger', 'run:start', 'typed', 'run:complete'],
      'what was heard',
    )
  })

  define('one function subscribed twice is called twice and taken back once', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    let calls = 0
    const listener = () => {
      calls += 1
    }
    const off = durably.on('run:complete', listener)
    durably.on('run:complete', listener)
    durably.start()
    await jobs.job.trigger()
    await time.settle()
    expectEqual(calls, 2, 'calls with two subscriptions')
    off()
    await jobs.job.trigger()
    await time.settle()
    expectEqual(calls, 3, 'calls after one was taken back')
  })

  define('a listener of one job hears nothing of others', async ({ boot, time }) => {
    const one = defineJob({ name: 'one' }, () => 1)
    const two = defineJob({ name: 'two' }, () => 2)
    const { durably } = await boot()
    const handles = durably.register({ one, two })
    const heard: unknown[] = []
    const off = durably.on('run:complete', two, (event) => heard.push(event.output))
    durably.start()
    await handles.one.trigger()
    await handles.two.trigger()
    await time.settle()
    off()
    await handles.two.trigger()
    await time.settle()
    expectEqual(heard, [2], 'the outputs heard')
  })

  define(
    'a listener that throws or rejects is reported through onError and affects nothing else',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => step.run('one', () => 'fine'))
      const { durably, jobs, errors } = await boot({ jobs: { job } })
      const heard: string[] = []
      durably.on('step:complete', () => {
        throw new Error('thrown')
      })
      durably.on('step:complete', () => Promise.reject(new Error('rejected')))
      durably.on('step:complete', () => new Promise(() => undefined))
      durably.on('step:complete', ({ stepName }) => heard.push(stepName))
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      expectEqual((await durably.getRun(id))?.output, 'fine', 'the output')
      expectEqual(heard, ['one'], 'what the last listener heard')
      expectEqual(
        errors.map((error) => (error as Error).message),
        ['thrown', 'rejected'],
        'what onError was told',
      )
    },
  )

  define('subscribing and unsubscribing inside a listener is safe', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    const heard: string[] = []
    const offFirst = durably.on('run:complete', () => {
      heard.push('first')
      offFirst()
      offSecond()
      durably.on('run:complete', () => heard.push('added'))
    })
    const offSecond = durably.on('run:complete', () => heard.push('second'))
    durably.start()
    await jobs.job.trigger()
    await time.settle()
    const duringFirst = heard.filter((name) => name !== 'second')
    expectEqual(duringFirst, ['first'], 'what the first event reached')
    await jobs.job.trigger()
    await time.settle()
    expectEqual(
      heard.filter((name) => name !== 'second'),
      ['first', 'added'],
      'what the second event reached',
    )
  })

  define('events cannot be changed by a listener', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    const seen: unknown[] = []
    durably.on('run:complete', (event) => Reflect.set(event, 'output', 'changed'))
    durably.on('run:complete', (event) => seen.push(event.output))
    durably.start()
    await jobs.job.trigger()
    await time.settle()
    expectEqual(seen, [1], 'what the second listener saw')
  })

  define('what a listener does to an output is not seen by the handler', async ({ boot, time }) => {
    const got: unknown[] = []
    const job = defineJob({ name: 'job' }, async (step) => {
      got.push(await step.run('one', () => ({ secret: 'x' })))
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.on('step:complete', ({ output }) => Reflect.set(output as object, 'secret', '[redacted]'))
    durably.start()
    await jobs.job.trigger()
    await time.settle()
    expectEqual(got, [{ secret: 'x' }], 'what the handler got')
  })
}
