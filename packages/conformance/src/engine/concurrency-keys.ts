import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { type Gate, gate } from './gate.ts'
import { anything } from './schema.ts'

/** At most one running run per key. */
export function concurrencyKeyCases(define: DefineCase): void {
  define('a key never prevents creation', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    for (let count = 0; count < 5; count++) await jobs.job.trigger(undefined, { concurrencyKey: 'k' })
    expectEqual((await durably.getRuns({ status: 'pending' })).length, 5, 'the pending runs')
  })

  define(
    'runs of one key are executed one at a time, in order of creation, others beside them',
    async ({ boot, time }) => {
      const gates = new Map<string, Gate>()
      const started: string[] = []
      const job = defineJob({ name: 'job', input: anything<string>() }, async (_, name) => {
        started.push(name)
        await gates.get(name)?.opened
      })
      const names = ['a1', 'a2', 'b1', 'a3', 'free', 'b2']
      for (const name of names) gates.set(name, gate())
      const { durably, jobs } = await boot({ jobs: { job }, concurrency: 10 })
      for (const name of names) {
        await jobs.job.trigger(name, name === 'free' ? {} : { concurrencyKey: name.charAt(0) })
      }
      durably.start()
      await time.settle()
      expectEqual(started, ['a1', 'b1', 'free'], 'started at once')
      for (const [open, expected] of [
        ['a1', ['a2']],
        ['b1', ['b2']],
        ['a2', ['a3']],
      ] as const) {
        started.length = 0
        gates.get(open)?.open()
        await time.settle()
        expectEqual(started, expected, `started once ${open} has ended`)
      }
    },
  )

  define('a key is shared by jobs and processes', async ({ boot, time }) => {
    let inFlight = 0
    let most = 0
    const body = async () => {
      inFlight += 1
      most = Math.max(most, inFlight)
      await new Promise<void>((resolve) => time.scheduler.after(70, resolve))
      inFlight -= 1
    }
    const one = defineJob({ name: 'one', defaults: { concurrencyKey: 'database' } }, body)
    const two = defineJob({ name: 'two', defaults: { concurrencyKey: 'database' } }, body)
    const processes = [
      await boot({ jobs: { one, two }, concurrency: 5 }),
      await boot({ jobs: { one, two }, concurrency: 5 }),
    ]
    for (const { durably, jobs } of processes) {
      for (let count = 0; count < 5; count++) {
        await jobs.one.trigger()
        await jobs.two.trigger()
      }
      durably.start()
    }
    await time.advance(60_000)
    const [{ durably }] = processes as [(typeof processes)[number]]
    expectEqual(
      [most, (await durably.getRuns({ status: 'completed' })).length],
      [1, 20],
      'at a time, and completed runs',
    )
  })

  define(
    'the next run of a key starts at once when the one before it ends, however it ends',
    async ({ boot, time }) => {
      const order: string[] = []
      const stuck = gate()
      const job = defineJob({ name: 'job', input: anything<string>() }, async (_, how) => {
        order.push(how)
        if (how === 'fails') throw new Error('fails')
        if (how === 'is cancelled') await stuck.opened
      })
      const { durably, jobs } = await boot({ jobs: { job }, pollingInterval: 60_000, concurrency: 2 })
      const options = { concurrencyKey: 'k' }
      await jobs.job.trigger('completes', options)
      await jobs.job.trigger('fails', options)
      const { id } = await jobs.job.trigger('is cancelled', options)
      await jobs.job.trigger('comes last', options)
      durably.start()
      await time.settle()
      expectEqual(order, ['completes', 'fails', 'is cancelled'], 'before the cancellation')
      await durably.cancel(id)
      await time.settle()
      expectEqual(order.at(-1), 'comes last', 'after the cancellation')
    },
  )

  define('cancelling a waiting run of a key lets the one behind it move up', async ({ boot, time }) => {
    const first = gate()
    const order: string[] = []
    const job = defineJob({ name: 'job', input: anything<string>() }, async (_, name) => {
      order.push(name)
      if (name === 'first') await first.opened
    })
    const { durably, jobs } = await boot({ jobs: { job }, concurrency: 3 })
    const options = { concurrencyKey: 'k' }
    await jobs.job.trigger('first', options)
    const { id } = await jobs.job.trigger('cancelled', options)
    await jobs.job.trigger('third', options)
    durably.start()
    await time.settle()
    await durably.cancel(id)
    first.open()
    await time.settle()
    expectEqual(order, ['first', 'third'], 'the runs executed')
  })

  define('a delayed run of a key does not hold up the others of that key', async ({ boot, time }) => {
    const order: string[] = []
    const job = defineJob({ name: 'job', input: anything<string>() }, (_, name) => {
      order.push(name)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    await jobs.job.trigger('delayed', { concurrencyKey: 'k', delay: 5_000 })
    await jobs.job.trigger('due', { concurrencyKey: 'k' })
    durably.start()
    await time.settle()
    expectEqual(order, ['due'], 'executed at once')
    await time.advance(6_000)
    expectEqual(order, ['due', 'delayed'], 'executed in the end')
  })

  define(
    'a key stays taken while its run waits to be taken over, and is freed by its end',
    async ({ boot, time }) => {
      const stuck = gate()
      const order: string[] = []
      const job = defineJob({ name: 'job', input: anything<string>() }, async (step, name) => {
        order.push(`${name} in generation ${step.generation}`)
        if (name === 'first' && step.generation === 1) await stuck.opened
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job }, concurrency: 4 })
      await one.jobs.job.trigger('first', { concurrencyKey: 'k' })
      await one.jobs.job.trigger('second', { concurrencyKey: 'k' })
      one.durably.start()
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(25_000)
      expectEqual(order, ['first in generation 1'], 'while the lease is held')
      await time.advance(15_000)
      expectEqual(
        order,
        ['first in generation 1', 'first in generation 2', 'second in generation 1'],
        'after it was taken over',
      )
    },
  )

  define('a thousand runs waiting behind one busy key cost other runs nothing', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job', input: anything<string>() }, async (_, name) => {
      if (name === 'busy') await stuck.opened
    })
    const { durably, jobs, storage } = await boot({ jobs: { job }, concurrency: 2 })
    await jobs.job.batchTrigger(
      Array.from({ length: 1_000 }, () => ({ input: 'busy', options: { concurrencyKey: 'k' } })),
    )
    durably.start()
    await time.settle()
    storage.forget()
    const { id } = await jobs.job.trigger('free')
    await time.settle()
    expectEqual(
      present(await durably.getRun(id), 'the run').status,
      'completed',
      'the status of the other run',
    )
    const claims = storage.calls.filter((verb) => verb === 'claim').length
    expectTrue(claims <= 4, `a handful of claims, got ${claims}`)
  })
}
