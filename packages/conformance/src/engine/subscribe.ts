import { defineJob } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate, rejection } from './gate.ts'
import { anything } from './schema.ts'

/** Following one run as an iterable. */
export function subscribeCases(define: DefineCase): void {
  define('the iterable yields the events of one run and ends with it', async ({ boot, time }) => {
    const go = gate()
    const job = defineJob({ name: 'job', input: anything<string>() }, async (step, name) => {
      await go.opened
      await step.run('one', () => name)
      return name
    })
    const { durably, jobs } = await boot({ jobs: { job }, concurrency: 2 })
    durably.start()
    const { id } = await jobs.job.trigger('followed')
    await jobs.job.trigger('another')
    await time.settle()
    const following = collect(durably.subscribe(id))
    await time.settle()
    go.open()
    await time.settle()
    const events = await following
    expectEqual(
      events.map((event) => event.type),
      ['step:start', 'step:complete', 'run:complete'],
      'the events',
    )
    expectEqual([...new Set(events.map((event) => event.runId))], [id], 'the runs they are about')
  })

  define('a run that has already ended yields its terminal event', async ({ boot, time }) => {
    const job = defineJob(
      { name: 'job', input: anything<'completed' | 'failed' | 'cancelled'>() },
      (_, how) => {
        if (how === 'failed') throw new Error('boom')
        return how
      },
    )
    const { durably, jobs } = await boot({ jobs: { job } })
    const completed = await jobs.job.trigger('completed')
    const failed = await jobs.job.trigger('failed')
    await durably.processUntilIdle()
    const cancelled = await jobs.job.trigger('cancelled')
    await durably.cancel(cancelled.id)
    const ends: unknown[] = []
    for (const { id } of [completed, failed, cancelled]) {
      const following = collect(durably.subscribe(id))
      await time.settle()
      ends.push(
        ...(await following).map((event) => [
          event.type,
          event.sequence,
          event.type === 'run:complete'
            ? event.output
            : event.type === 'run:fail'
              ? event.error.message
              : null,
        ]),
      )
    }
    expectEqual(
      ends,
      [
        ['run:complete', 0, 'completed'],
        ['run:fail', 0, 'boom'],
        ['run:cancel', 0, null],
      ],
      'type, sequence and result',
    )
  })

  define('across processes it sees progress and the end, by polling', async ({ boot, time }) => {
    const end = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      step.setProgress({ current: 1 })
      await end.opened
      return 'elsewhere'
    })
    const worker = await boot({ jobs: { job } })
    const watcher = await boot()
    const { id } = await worker.jobs.job.trigger()
    const following = collect(watcher.durably.subscribe(id))
    worker.durably.start()
    await time.advance(3_000)
    end.open()
    await time.advance(3_000)
    const events = await following
    expectEqual(
      events.map((event) => event.type),
      ['run:progress', 'run:complete'],
      'the events',
    )
    expectEqual(
      events.map((event) => (event.type === 'run:complete' ? event.output : null)),
      [null, 'elsewhere'],
      'the output',
    )
  })

  define('leaving the loop early leaves no listener and no timer behind', async ({ boot, time }) => {
    const go = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      await go.opened
      for (const name of ['one', 'two', 'three']) await step.run(name, () => 1)
    })
    const process = await boot({ jobs: { job } })
    const { id } = await process.jobs.job.trigger()
    let seen = 0
    const following = (async () => {
      for await (const _ of process.durably.subscribe(id)) {
        seen += 1
        if (seen === 2) break
      }
    })()
    await time.settle()
    go.open()
    await process.durably.processUntilIdle()
    await time.settle()
    await following
    process.storage.forget()
    await time.advance(10_000)
    expectEqual(
      [seen, process.timers, process.storage.calls],
      [2, 0, []],
      'events seen, timers and later calls',
    )
  })

  define('a run that is not there rejects with NOT_FOUND while iterating', async ({ boot, time }) => {
    const { durably } = await boot()
    const refused = rejection(collect(durably.subscribe('absent')))
    await time.settle()
    expectEqual(((await refused) as { code?: unknown }).code, 'NOT_FOUND', 'the code')
  })

  define('several followers of one run each see all of it', async ({ boot, time }) => {
    const go = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      await go.opened
      await step.run('one', () => 1)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    const following = Promise.all([collect(durably.subscribe(id)), collect(durably.subscribe(id))])
    await time.settle()
    go.open()
    await time.settle()
    const [left, right] = await following
    expectEqual(left, right, 'what both saw')
    expectEqual(left.length, 3, 'how many events')
  })

  define('return ends also an iteration that waits for an event', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const process = await boot({ jobs: { job } })
    const { id } = await process.jobs.job.trigger()
    const events = process.durably.subscribe(id)[Symbol.asyncIterator]()
    const answers: unknown[] = []
    void events.next().then(({ done }) => answers.push(['next', done]))
    await time.settle()
    void events.return?.().then(({ done }) => answers.push(['return', done]))
    await time.settle()
    expectEqual(
      [answers.toSorted(), process.timers],
      [
        [
          ['next', true],
          ['return', true],
        ],
        0,
      ],
      'what was answered, and the timers left',
    )
  })

  define('an output is seen as it was recorded, whatever the handler does to it', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      const list = await step.run('one', () => [1, 2])
      list.push(3)
      await step.run('two', () => 1)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    const following = collect(durably.subscribe(id))
    await time.settle()
    durably.start()
    await time.settle()
    const outputs = (await following).map((event) => (event.type === 'step:complete' ? event.output : null))
    expectEqual(
      outputs.filter((output) => output !== null),
      [[1, 2], 1],
      'the outputs seen',
    )
  })
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const event of events) seen.push(event)
  return seen
}
