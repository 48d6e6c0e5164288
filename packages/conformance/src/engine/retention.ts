import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything } from './schema.ts'

const HOUR_MS = 3_600_000

/** Deleting what ended long ago. */
export function retentionCases(define: DefineCase): void {
  define(
    'purge deletes runs that ended longer ago than asked, and answers how many',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job', input: anything<string>() }, (_, how) => {
        if (how === 'fail') throw new Error('fails')
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      await jobs.job.trigger('old, completed')
      await jobs.job.trigger('fail')
      await durably.processUntilIdle()
      time.jump(10 * HOUR_MS)
      await jobs.job.trigger('recent')
      await durably.processUntilIdle()
      await jobs.job.trigger('pending')
      time.jump(HOUR_MS)
      const names = async () => (await durably.getRuns()).map((run) => run.input)
      expectEqual(await durably.purge({ olderThan: '5h', status: 'failed' }), 1, 'failed runs purged')
      expectEqual(await names(), ['pending', 'recent', 'old, completed'], 'the runs left')
      expectEqual(await durably.purge({ olderThan: '5h' }), 1, 'runs purged')
      expectEqual(await names(), ['pending', 'recent'], 'the runs left')
      expectEqual(events.of('run:delete').length, 2, 'the deletions published')
      expectEqual(await durably.purge({ olderThan: 0 }), 1, 'everything that has ended')
      expectEqual(await names(), ['pending'], 'a run that has not ended is never purged')
    },
  )

  define('purge deletes in pieces of at most 100, and no more than its limit', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, storage } = await boot({ jobs: { job }, concurrency: 50 })
    await jobs.job.batchTrigger(Array.from({ length: 230 }, () => ({})))
    await durably.processUntilIdle()
    time.jump(1_000)
    storage.forget()
    expectEqual(await durably.purge({ olderThan: 1, limit: 10 }), 10, 'with a limit')
    expectEqual(storage.calls, ['purge'], 'the calls')
    expectEqual(await durably.purge({ olderThan: 1 }), 220, 'without a limit')
    expectEqual(storage.calls.length, 4, 'the calls: 10, 100, 100 and 20 runs')
    expectEqual(await durably.getRuns(), [], 'the runs left')
  })

  for (const [what, options] of [
    ['a negative age', { olderThan: -1 }],
    ['an age that is no duration', { olderThan: '3 weeks' as '3d' }],
    ['a status that has not ended', { olderThan: 1, status: 'running' as 'failed' }],
    ['a limit of zero', { olderThan: 1, limit: 0 }],
  ] as const) {
    define(`purge refuses ${what}`, async ({ boot }) => {
      const { durably, storage } = await boot()
      await expectRejection(durably.purge(options), 'OPTION_INVALID', what)
      expectEqual(storage.calls, [], 'the calls')
    })
  }

  define(
    'with retain an ended run is deleted once it is old enough, about once a minute',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, () => 1)
      const { durably, jobs, events } = await boot({ jobs: { job }, retain: '1h', pollingInterval: 30_000 })
      durably.start()
      const { id } = await jobs.job.triggerAndWait()
      await time.advance(HOUR_MS - 1_000)
      expectEqual((await durably.getRun(id))?.status, 'completed', 'shortly before')
      await time.advance(62_000)
      expectEqual(await durably.getRun(id), null, 'a minute later')
      expectEqual(
        events.of('run:delete').map((event) => event.runId),
        [id],
        'the deletions published',
      )
    },
  )

  define('retention never touches runs that have not ended', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, () => stuck.opened)
    const unknown = defineJob({ name: 'unknown' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job }, retain: 1_000, pollingInterval: 30_000 })
    const elsewhere = await boot({ jobs: { unknown } })
    durably.start()
    await jobs.job.trigger()
    await elsewhere.jobs.unknown.trigger()
    await time.advance(600_000)
    expectEqual(
      (await durably.getRuns()).map((run) => run.status),
      ['pending', 'running'],
      'the runs left',
    )
  })

  define('a busy worker purges too', async ({ boot, time }) => {
    const job = defineJob(
      { name: 'job' },
      () => new Promise<void>((resolve) => time.scheduler.after(1_000, resolve)),
    )
    const { durably, jobs } = await boot({ jobs: { job }, retain: 60_000, pollingInterval: 30_000 })
    await jobs.job.batchTrigger(Array.from({ length: 400 }, () => ({})))
    durably.start()
    await time.advance(300_000)
    const left = (await durably.getRuns({ status: 'completed', limit: 1_000 })).length
    expectTrue(left <= 125, `at most what ended in the last two minutes, got ${left}`)
  })

  define('without retain nothing is ever purged', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, storage } = await boot({ jobs: { job }, pollingInterval: 60_000 })
    durably.start()
    await jobs.job.triggerAndWait()
    await time.advance(HOUR_MS)
    expectEqual(storage.calls.includes('purge'), false, 'whether purge was called')
  })

  define('more than one piece of expired runs is deleted piece by piece', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, storage } = await boot({ jobs: { job }, retain: 1_000, concurrency: 50 })
    await jobs.job.batchTrigger(Array.from({ length: 250 }, () => ({})))
    await durably.processUntilIdle()
    time.jump(60_000)
    storage.forget()
    durably.start()
    await time.advance(70_000)
    expectEqual(await durably.getRuns(), [], 'the runs left')
    const pieces = storage.calls.filter((verb) => verb === 'purge').length
    expectTrue(pieces >= 3 && pieces <= 5, `about three pieces, got ${pieces}`)
  })
}
