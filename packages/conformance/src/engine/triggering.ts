import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { anything } from './schema.ts'

/** Storing a run. */
export function triggeringCases(define: DefineCase): void {
  define('trigger stores a pending run and returns it', async ({ boot, time }) => {
    const greet = defineJob({ name: 'greet', input: anything<{ name: string }>() }, () => 1)
    const { durably, jobs, events } = await boot({ jobs: { greet } })
    const now = new Date(time.clock.now()).toISOString()
    const { created, inputDiffers, ...run } = await jobs.greet.trigger({ name: 'Ada' })
    expectTrue(run.id.length > 0, 'the run has an id')
    expectEqual(
      { created, inputDiffers, run },
      {
        created: true,
        inputDiffers: false,
        run: {
          id: run.id,
          jobName: 'greet',
          status: 'pending',
          input: { name: 'Ada' },
          output: null,
          error: null,
          progress: null,
          labels: {},
          idempotencyKey: null,
          concurrencyKey: null,
          generation: 0,
          originId: null,
          createdAt: now,
          startedAt: null,
          finishedAt: null,
          dueAt: null,
          leaseEndsAt: null,
          damaged: [],
        },
      },
      'what trigger answers',
    )
    expectEqual(await durably.getRun(run.id), run, 'the run as getRun answers it')
    const [event] = events.of('run:trigger')
    expectEqual(
      [events.length, event?.runId, event?.jobName, event?.labels, event?.input],
      [1, run.id, 'greet', {}, { name: 'Ada' }],
      'what run:trigger says',
    )
  })

  define('a run acknowledged by trigger survives the end of its process', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const one = await boot({ jobs: { job } })
    const { id } = await one.jobs.job.trigger()
    one.crash()
    const other = await boot({ jobs: { job } })
    expectEqual((await other.durably.getRun(id))?.status, 'pending', 'the status')
  })

  define('labels, keys and the delay are stored beside the run', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger(undefined, {
      labels: { tenant: 'acme', empty: '' },
      idempotencyKey: 'order-1',
      concurrencyKey: 'acme',
      delay: '1.5s',
    })
    const run = present(await durably.getRun(id), 'the run')
    expectEqual(
      [run.labels, run.idempotencyKey, run.concurrencyKey, run.dueAt],
      [{ tenant: 'acme', empty: '' }, 'order-1', 'acme', new Date(time.clock.now() + 1500).toISOString()],
      'what is stored',
    )
  })

  define("a job's defaults apply, a trigger's own options win, and labels are merged", async ({ boot }) => {
    const job = defineJob(
      { name: 'job', defaults: { concurrencyKey: 'shared', labels: { team: 'core', kind: 'default' } } },
      () => 1,
    )
    const { jobs } = await boot({ jobs: { job } })
    const plain = await jobs.job.trigger()
    expectEqual(
      [plain.concurrencyKey, plain.labels],
      ['shared', { team: 'core', kind: 'default' }],
      'defaults alone',
    )
    const own = await jobs.job.trigger(undefined, { concurrencyKey: 'own', labels: { kind: 'special' } })
    expectEqual(
      [own.concurrencyKey, own.labels],
      ['own', { team: 'core', kind: 'special' }],
      'with options of its own',
    )
  })

  define('a job without an input takes none', async ({ boot }) => {
    const given: unknown[] = []
    const job = defineJob({ name: 'job' }, (_, input) => {
      given.push(input)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    await jobs.job.trigger()
    await jobs.job.trigger(undefined, { labels: { with: 'options' } })
    await durably.processUntilIdle()
    expectEqual(given, [undefined, undefined], 'what the handler got')
  })
}
