import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything, schema } from './schema.ts'

/** Running a run again, and running it anew. */
export function retryCases(define: DefineCase): void {
  define('retry makes a failed run pending again and returns it', async ({ boot, time }) => {
    let healthy = false
    const ran: string[] = []
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('fetch', () => ran.push('fetch'))
      await step.run('save', () => {
        ran.push('save')
        if (!healthy) throw new Error('down')
      })
      return 'saved'
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const failed = present(await durably.getRun(id), 'the failed run')
    events.clear()
    healthy = true
    const retried = await durably.retry(id)
    expectEqual(
      [retried.status, retried.error, retried.finishedAt, retried.generation, retried.startedAt],
      ['pending', null, null, failed.generation + 1, failed.startedAt],
      'the run that retry returns',
    )
    durably.start()
    await time.settle()
    const run = present(await durably.getRun(id), 'the run')
    expectEqual([run.status, run.output, run.error], ['completed', 'saved', null], 'status, output and error')
    expectEqual(ran, ['fetch', 'save', 'save'], 'the bodies executed')
    expectEqual(
      events.types(),
      ['run:retry', 'worker:start', 'run:start', 'step:start', 'step:complete', 'run:complete'],
      'the events',
    )
    expectEqual(
      events.of('step:start').map((event) => [event.stepName, event.attempt]),
      [['save', 2]],
      'the step executed',
    )
  })

  define(
    'retry makes a cancelled run pending again, and its recorded steps are kept',
    async ({ boot, time }) => {
      const stuck = gate()
      let fetched = 0
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('fetch', () => {
          fetched += 1
        })
        if (step.generation === 1) await stuck.opened
        return 'done'
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      await durably.cancel(id)
      stuck.open()
      await durably.retry(id)
      await time.settle()
      expectEqual(
        [(await durably.getRun(id))?.output, fetched],
        ['done', 1],
        'output, and executions of the recorded step',
      )
    },
  )

  define('a retried run is executed at once by a started worker', async ({ boot, time }) => {
    let healthy = false
    const job = defineJob({ name: 'job' }, () => {
      if (!healthy) throw new Error('down')
    })
    const { durably, jobs } = await boot({ jobs: { job }, pollingInterval: 60_000 })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    healthy = true
    await durably.retry(id)
    await time.settle()
    expectEqual((await durably.getRun(id))?.status, 'completed', 'the status without any time passing')
  })

  define(
    'retry is refused with CONFLICT on a completed, pending or running run and changes nothing',
    async ({ boot, time, storage }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job', input: anything<'quick' | 'slow'>() }, async (_, speed) => {
        if (speed === 'slow') await stuck.opened
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      const completed = await jobs.job.trigger('quick')
      const running = await jobs.job.trigger('slow')
      const pending = await jobs.job.trigger('quick')
      await time.settle()
      for (const [{ id }, status] of [
        [completed, 'completed'],
        [running, 'running'],
        [pending, 'pending'],
      ] as const) {
        const before = await storage.getRun(id)
        expectEqual(before?.status, status, 'the status')
        await expectRejection(durably.retry(id), 'CONFLICT', `retry of a ${status} run`)
        expectEqual(await storage.getRun(id), before, `the ${status} run afterwards`)
      }
      expectEqual(events.of('run:retry'), [], 'the retries published')
      await expectRejection(durably.retry('absent'), 'NOT_FOUND', 'retry of a run that is not there')
    },
  )

  define("retry checks the input against the job's schema of today", async ({ boot }) => {
    const before = defineJob({ name: 'job', input: anything<{ size: number }>() }, () => {
      throw new Error('fails')
    })
    const strict = schema<{ size: number }, { size: number }>((value) =>
      value.size > 10 ? { value } : { issues: [{ message: 'too small', path: ['size'] }] },
    )
    const after = defineJob({ name: 'job', input: strict }, () => 1)
    const one = await boot({ jobs: { before } })
    const { id } = await one.jobs.before.trigger({ size: 1 })
    await one.durably.processUntilIdle()
    const other = await boot({ jobs: { after } })
    await expectRejection(
      other.durably.retry(id),
      'INPUT_INVALID',
      'retry with an input the schema of today refuses',
    )
    expectEqual((await other.durably.getRun(id))?.status, 'failed', 'the status')
  })

  define('of several retries at once one succeeds', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => {
      throw new Error('fails')
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const outcomes = await Promise.allSettled([durably.retry(id), durably.retry(id), durably.retry(id)])
    expectEqual(
      outcomes.map(({ status }) => status).toSorted(),
      ['fulfilled', 'rejected', 'rejected'],
      'the outcomes',
    )
    expectEqual(events.of('run:retry').length, 1, 'the retries published')
  })

  define('retrigger stores a new run with the same input, linked to the first', async ({ boot }) => {
    let executions = 0
    const job = defineJob({ name: 'job', input: anything<{ order: number }>() }, async (step, { order }) =>
      step.run('count', () => {
        executions += 1
        return order
      }),
    )
    const { durably, jobs } = await boot({ jobs: { job } })
    const first = await jobs.job.trigger({ order: 7 }, { labels: { tenant: 'acme' }, idempotencyKey: 'once' })
    await durably.processUntilIdle()
    const again = await durably.retrigger(first.id)
    expectEqual(
      [again.id === first.id, again.originId, again.input, again.status, again.idempotencyKey, again.labels],
      [false, first.id, { order: 7 }, 'pending', null, { tenant: 'acme' }],
      'the new run',
    )
    await durably.processUntilIdle()
    expectEqual(
      [(await durably.getRun(again.id))?.output, executions],
      [7, 2],
      'its output, and the executions of both',
    )
    expectEqual((await durably.getRun(first.id))?.status, 'completed', 'the first run')
    await expectRejection(durably.retrigger('absent'), 'NOT_FOUND', 'retrigger of a run that is not there')
  })
}
