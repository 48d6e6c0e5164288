import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything } from './schema.ts'

/** Questions about runs. */
export function askingCases(define: DefineCase): void {
  define("a handle answers its own job's runs, and null for another job's", async ({ boot }) => {
    const one = defineJob({ name: 'one' }, () => 1)
    const two = defineJob({ name: 'two' }, () => 2)
    const { durably, jobs } = await boot({ jobs: { one, two } })
    const run = await jobs.one.trigger()
    await jobs.two.trigger()
    expectEqual((await jobs.one.getRun(run.id))?.id, run.id, 'asked of its own handle')
    expectEqual(await jobs.two.getRun(run.id), null, "asked of another job's handle")
    expectEqual(await jobs.one.getRun('absent'), null, 'a run that is not there')
    expectEqual(
      [(await durably.getRun(run.id))?.id, await durably.getRun('absent')],
      [run.id, null],
      'asked of the instance',
    )
    expectEqual(
      (await jobs.one.getRuns()).map((each) => each.id),
      [run.id],
      "the handle's listing",
    )
  })

  define('runs are listed newest first, by one value or several', async ({ boot, time }) => {
    const job = defineJob({ name: 'job', input: anything<string>() }, async (_, how) => {
      if (how === 'fail') throw new Error('fails')
    })
    const other = defineJob({ name: 'other' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job, other } })
    const names = new Map<string, string>()
    const add = (name: string, run: { id: string }) => names.set(run.id, name)
    add('completed', await jobs.job.trigger('complete', { labels: { tenant: 'a', kind: 'x' } }))
    await time.advance(5)
    add('failed', await jobs.job.trigger('fail', { labels: { tenant: 'a' } }))
    add('other', await jobs.other.trigger(undefined, { labels: { tenant: 'b', kind: 'x' } }))
    await durably.processUntilIdle()
    add('pending', await jobs.job.trigger('wait'))
    const cancelled = await jobs.job.trigger('cancel')
    add('cancelled', await durably.cancel(cancelled.id))
    const list = async (filter: Parameters<typeof durably.getRuns>[0]) =>
      (await durably.getRuns(filter)).map((run) => names.get(run.id))
    expectEqual(await list({}), ['cancelled', 'pending', 'other', 'failed', 'completed'], 'all')
    expectEqual(await list({ status: 'failed' }), ['failed'], 'one status')
    expectEqual(
      await list({ status: ['pending', 'completed'] }),
      ['pending', 'other', 'completed'],
      'several statuses',
    )
    expectEqual(await list({ jobName: 'other' }), ['other'], 'one job')
    expectEqual(
      await list({ jobName: ['other', 'job'], status: 'completed' }),
      ['other', 'completed'],
      'jobs and status',
    )
    expectEqual(await list({ labels: { tenant: 'a' } }), ['failed', 'completed'], 'one label')
    expectEqual(
      await list({ labels: { tenant: 'a', kind: 'x' } }),
      ['completed'],
      'several labels, all must match',
    )
    expectEqual(await list({ labels: { tenant: 'nobody' } }), [], 'a label nobody has')
    expectEqual(await list({ status: [] }), [], 'an empty list of statuses')
    expectEqual(await list({ jobName: 'unknown' }), [], 'an unknown job')
    expectEqual(
      (await durably.getFailedRuns()).map((run) => names.get(run.id)),
      ['failed'],
      'getFailedRuns',
    )
    expectEqual((await durably.getFailedRuns({ jobName: 'other' })).length, 0, 'getFailedRuns of another job')
  })

  define(
    'a listing holds 50 runs unless told otherwise, and pages stay stable under inserts',
    async ({ boot }) => {
      const job = defineJob({ name: 'job', input: anything<number>() }, () => 1)
      const { durably, jobs } = await boot({ jobs: { job } })
      await jobs.job.batchTrigger(Array.from({ length: 60 }, (_, input) => ({ input })))
      expectEqual((await durably.getRuns()).length, 50, 'the default limit')
      const seen: unknown[] = []
      let cursor: string | undefined
      for (;;) {
        const page = await durably.getRuns({ limit: 25, cursor })
        if (page.length === 0) break
        seen.push(...page.map((run) => run.input))
        cursor = page.at(-1)?.id
        await jobs.job.trigger(1000 + seen.length)
      }
      expectEqual(
        seen,
        Array.from({ length: 60 }, (_, index) => 59 - index),
        'what the pages held',
      )
    },
  )

  for (const limit of [0, -1, 1.5, Number.NaN, 1_001]) {
    define(`a limit of ${limit} is refused`, async ({ boot }) => {
      const { durably } = await boot()
      await expectRejection(durably.getRuns({ limit }), 'OPTION_INVALID', `limit: ${limit}`)
    })
  }

  define('an unknown status is refused, and the message names the known ones', async ({ boot }) => {
    const { durably } = await boot()
    await expectRejection(
      durably.getRuns({ status: 'done' as 'completed' }),
      'OPTION_INVALID',
      "status: 'done'",
    )
  })

  define('deleteRun takes everything of an ended run along', async ({ boot, storage }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('one', () => 1)
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger(undefined, { labels: { tenant: 'acme' } })
    await durably.processUntilIdle()
    events.clear()
    expectEqual(await durably.deleteRun(id), undefined, 'what deleteRun answers')
    expectEqual(await durably.getRun(id), null, 'the run')
    expectEqual(
      [await durably.getSteps(id), await storage.getLogs(id, { limit: 10, cursor: null })],
      [[], []],
      'steps and logs',
    )
    expectEqual(await durably.getRuns({ labels: { tenant: 'acme' } }), [], 'runs with its label')
    const [event] = events.of('run:delete')
    expectEqual(
      [events.length, event?.runId, event?.labels],
      [1, id, { tenant: 'acme' }],
      'what run:delete says',
    )
    await expectRejection(durably.deleteRun(id), 'NOT_FOUND', 'deleting it again')
  })

  define('deleteRun of a run that has not ended is refused with CONFLICT', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, () => stuck.opened)
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const running = await jobs.job.trigger()
    const pending = await jobs.job.trigger()
    await time.settle()
    await expectRejection(durably.deleteRun(running.id), 'CONFLICT', 'a running run')
    await expectRejection(durably.deleteRun(pending.id), 'CONFLICT', 'a pending run')
    expectEqual((await durably.getRuns()).length, 2, 'the runs')
  })

  define('hostile text in names, keys, labels and filters is plain text', async ({ boot }) => {
    const hostile = `x'); DROP TABLE durably_runs; --" %_\\`
    const job = defineJob({ name: hostile }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger(undefined, {
      idempotencyKey: hostile,
      concurrencyKey: hostile,
      labels: { [hostile]: hostile, constructor: 'c' },
    })
    await durably.processUntilIdle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual(
      [run.status, run.jobName, run.idempotencyKey, run.concurrencyKey, run.labels],
      ['completed', hostile, hostile, hostile, { [hostile]: hostile, constructor: 'c' }],
      'the run',
    )
    expectEqual(
      (await durably.getRuns({ labels: { [hostile]: hostile }, jobName: hostile })).length,
      1,
      'found by its text',
    )
    expectEqual((await durably.getRuns({ labels: { [hostile]: '%' } })).length, 0, 'found by a wildcard')
    expectEqual(await durably.getRun(hostile), null, 'a hostile id')
    expectEqual(
      await durably.getRuns({ cursor: hostile }).then((runs) => runs.length >= 0),
      true,
      'a hostile cursor',
    )
  })
}
