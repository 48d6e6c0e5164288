import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate, rejection } from './gate.ts'
import { anything } from './schema.ts'

/** The loop that claims runs and executes them. */
export function workerCases(define: DefineCase): void {
  define('nothing is executed before start', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await time.advance(10_000)
    expectEqual((await durably.getRun(id))?.status, 'pending', 'the status')
  })

  define('a run is pending, then running, then completed with its output', async ({ boot, time }) => {
    const opened = gate<number>()
    const job = defineJob({ name: 'job' }, async () => ({ answer: await opened.opened }))
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const run = await jobs.job.trigger()
    expectEqual([run.status, run.startedAt, run.generation], ['pending', null, 0], 'after trigger')
    await time.advance(100)
    const startedAt = new Date(time.clock.now()).toISOString()
    durably.start()
    await time.settle()
    const running = present(await durably.getRun(run.id), 'the running run')
    expectEqual(
      [
        running.status,
        running.startedAt,
        running.finishedAt,
        running.generation,
        running.output,
        running.leaseEndsAt,
      ],
      ['running', startedAt, null, 1, null, new Date(time.clock.now() + 30_000).toISOString()],
      'while it is executed',
    )
    await time.advance(400)
    opened.open(42)
    await time.settle()
    const ended = present(await durably.getRun(run.id), 'the ended run')
    expectEqual(
      [ended.status, ended.startedAt, ended.finishedAt, ended.output, ended.error],
      ['completed', startedAt, new Date(time.clock.now()).toISOString(), { answer: 42 }, null],
      'afterwards',
    )
    expectEqual(
      events.of('run:complete').map((event) => event.durationMs),
      [400],
      'the duration',
    )
  })

  define('runs start in order of creation', async ({ boot, time }) => {
    const order: number[] = []
    const job = defineJob({ name: 'job', input: anything<number>() }, (_, number) => {
      order.push(number)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    for (let number = 0; number < 10; number++) await jobs.job.trigger(number)
    await jobs.job.batchTrigger([{ input: 10 }, { input: 11 }, { input: 12 }])
    durably.start()
    await time.settle()
    expectEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 'the order of execution')
  })

  for (const [concurrency, title] of [
    [1, 'one run at a time is executed by default'],
    [3, 'with a concurrency of 3 three runs are executed at a time'],
  ] as const) {
    define(title, async ({ boot, time }) => {
      const gates = Array.from({ length: 5 }, () => gate())
      const inFlight = new Set<number>()
      let most = 0
      const job = defineJob({ name: 'job', input: anything<number>() }, async (_, number) => {
        inFlight.add(number)
        most = Math.max(most, inFlight.size)
        await gates[number]?.opened
        inFlight.delete(number)
      })
      const { durably, jobs } = await boot({ jobs: { job }, ...(concurrency === 1 ? {} : { concurrency }) })
      await jobs.job.batchTrigger(gates.map((_, input) => ({ input })))
      durably.start()
      await time.advance(5_000)
      expectEqual([...inFlight], gates.map((_, number) => number).slice(0, concurrency), 'the runs in flight')
      for (const each of gates) {
        each.open()
        await time.settle()
      }
      expectEqual([inFlight.size, most], [0, concurrency], 'left in flight, and at most at a time')
      expectEqual((await durably.getRuns({ status: 'completed' })).length, 5, 'the completed runs')
    })
  }

  define('a free slot is filled while other runs are still being executed', async ({ boot, time }) => {
    const long = gate()
    const job = defineJob({ name: 'job', input: anything<string>() }, async (_, kind) => {
      if (kind === 'long') await long.opened
    })
    const { durably, jobs } = await boot({ jobs: { job }, concurrency: 2 })
    await jobs.job.trigger('long')
    for (let count = 0; count < 5; count++) await jobs.job.trigger('short')
    durably.start()
    await time.settle()
    const count = async (status: 'running' | 'completed') => (await durably.getRuns({ status })).length
    expectEqual([await count('running'), await count('completed')], [1, 5], 'running and completed runs')
  })

  define('start is idempotent and returns at once', async ({ boot, time }) => {
    let executions = 0
    const job = defineJob({ name: 'job' }, () => {
      executions += 1
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    durably.start()
    durably.start()
    await jobs.job.trigger()
    durably.start()
    await time.advance(3_000)
    expectEqual([executions, events.of('worker:start').length], [1, 1], 'executions and worker:start events')
  })

  define('an idle worker asks once a poll and writes nothing', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, storage } = await boot({ jobs: { job } })
    durably.start()
    await jobs.job.trigger()
    await time.advance(10_000)
    storage.forget()
    await time.advance(60_000)
    const claims = storage.calls.filter((verb) => verb === 'claim').length
    expectTrue(claims >= 55 && claims <= 70, `about 60 claims in 60 s, got ${claims}`)
    const reads: ReadonlySet<string> = new Set(['claim', 'wake', 'nextDue', 'recover', 'getRun', 'getRuns'])
    expectEqual(
      storage.calls.filter((verb) => !reads.has(verb)),
      [],
      'other calls while idle',
    )
  })

  define('an instance that was not started asks the storage nothing', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const idle = await boot({ jobs: { job } })
    await time.advance(60_000)
    expectEqual([idle.storage.calls, idle.timers], [[], 0], 'calls and timers')
  })

  define('without tables start reports NOT_MIGRATED, stops, and never spins', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, events, errors, storage } = await boot({ jobs: { job }, migrate: false })
    expectEqual(codeOf(await rejection(jobs.job.trigger())), 'NOT_MIGRATED', 'the refusal of a trigger')
    durably.start()
    await time.advance(60_000)
    expectEqual(events.types(), ['worker:start', 'worker:error', 'worker:stop'], 'the events')
    expectEqual(
      events.of('worker:error').map((event) => codeOf(event.error)),
      ['NOT_MIGRATED'],
      'the published error',
    )
    expectEqual(errors.map(codeOf), ['NOT_MIGRATED'], 'what onError was told')
    expectTrue(storage.calls.length <= 5, `a handful of calls, got ${storage.calls.length}`)
    await durably.migrate()
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.advance(1_000)
    expectEqual((await durably.getRun(id))?.status, 'completed', 'after migrate and a second start')
  })

  define(
    'what counts is the database: a second process may start without migrating',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, () => 1)
      await boot()
      const { durably, jobs } = await boot({ jobs: { job }, migrate: false })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      expectEqual((await durably.getRun(id))?.status, 'completed', 'the status')
    },
  )
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code
}
