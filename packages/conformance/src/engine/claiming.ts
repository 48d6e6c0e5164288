import { defineJob } from '@durably/core'
import { expectEqual, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything } from './schema.ts'

/** When runs are claimed, and by whom. */
export function claimingCases(define: DefineCase): void {
  define('a trigger of the same instance wakes the worker at once', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 'done')
    const { durably, jobs } = await boot({ jobs: { job }, pollingInterval: 60_000 })
    durably.start()
    await time.advance(500)
    const { id } = await jobs.job.trigger()
    await time.settle()
    expectEqual((await durably.getRun(id))?.status, 'completed', 'the status without any time passing')
  })

  define('a trigger of another instance is seen within the polling interval', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 'done')
    const caller = await boot({ jobs: { job } })
    const worker = await boot({ jobs: { job }, pollingInterval: 800 })
    worker.durably.start()
    for (const pause of [130, 270, 990]) {
      await time.advance(pause)
      const { id } = await caller.jobs.job.trigger()
      await time.settle()
      await time.advance(800)
      expectEqual(
        (await caller.durably.getRun(id))?.status,
        'completed',
        `the run triggered after a pause of ${pause} ms`,
      )
    }
  })

  define('a delayed run starts at its time, not before and not a poll later', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 'done')
    const { durably, jobs } = await boot({ jobs: { job }, pollingInterval: 600_000 })
    durably.start()
    const { id, status, dueAt } = await jobs.job.trigger(undefined, { delay: '90s' })
    expectEqual(
      [status, dueAt],
      ['pending', new Date(time.clock.now() + 90_000).toISOString()],
      'status and due time',
    )
    await time.advance(89_999)
    expectEqual((await durably.getRun(id))?.status, 'pending', 'one millisecond before')
    await time.advance(1)
    expectEqual((await durably.getRun(id))?.status, 'completed', 'at its time')
  })

  define('a run that is due does not wait for a delayed one in front of it', async ({ boot, time }) => {
    const order: string[] = []
    const job = defineJob({ name: 'job', input: anything<string>() }, (_, name) => {
      order.push(name)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    await jobs.job.trigger('delayed', { delay: 5_000 })
    await jobs.job.trigger('due')
    durably.start()
    await time.settle()
    expectEqual(order, ['due'], 'executed at once')
    await time.advance(5_000)
    expectEqual(order, ['due', 'delayed'], 'executed after the delay')
  })

  define('runs of jobs a worker does not know stay pending for one that does', async ({ boot, time }) => {
    const known = defineJob({ name: 'known' }, () => 'done')
    const unknown = defineJob({ name: 'unknown' }, () => 'done')
    const worker = await boot({ jobs: { known } })
    const caller = await boot({ jobs: { known, unknown } })
    worker.durably.start()
    const first = await caller.jobs.unknown.trigger()
    const second = await caller.jobs.known.trigger()
    await time.advance(5_000)
    expectEqual((await worker.durably.getRun(first.id))?.status, 'pending', 'the run of the unknown job')
    expectEqual((await worker.durably.getRun(second.id))?.status, 'completed', 'the run of the known job')
    expectEqual(
      (await worker.durably.getRuns({ status: 'pending' })).map((run) => run.jobName),
      ['unknown'],
      'what is listed as pending',
    )
    worker.durably.register(unknown)
    await time.advance(1_000)
    expectEqual((await worker.durably.getRun(first.id))?.status, 'completed', 'after it was registered')
  })

  define('two processes execute each of forty runs once', async ({ boot, time }) => {
    const executions = new Map<number, number>()
    const job = defineJob({ name: 'job', input: anything<number>() }, async (step, number) => {
      await step.run('count', () => {
        executions.set(number, (executions.get(number) ?? 0) + 1)
      })
    })
    const one = await boot({ jobs: { job }, concurrency: 4 })
    const other = await boot({ jobs: { job }, concurrency: 4 })
    one.durably.start()
    other.durably.start()
    const runs = await one.jobs.job.batchTrigger(Array.from({ length: 40 }, (_, input) => ({ input })))
    await time.advance(5_000)
    expectEqual(
      [executions.size, Math.max(...executions.values())],
      [40, 1],
      'runs executed, and executions of the busiest',
    )
    expectEqual(
      (await one.durably.getRuns({ status: 'completed', limit: 100 })).length,
      runs.length,
      'the completed runs',
    )
    expectEqual([...one.events.of('run:recover'), ...other.events.of('run:recover')], [], 'runs taken over')
  })

  define(
    'the lease of a claim whose answer was lost is counted from its first try',
    async ({ boot, time }) => {
      const sleep = (ms: number) => new Promise<void>((resolve) => time.scheduler.after(ms, resolve))
      const charged: string[] = []
      const jobOf = (owner: string) =>
        defineJob({ name: 'job' }, async (step) => {
          if (step.generation === 1) await sleep(27_000)
          await step.run('charge', async () => {
            charged.push(owner)
            await sleep(60_000)
          })
        })
      const one = await boot({ jobs: { job: jobOf('one') } })
      const other = await boot({ jobs: { job: jobOf('other') } })
      const { id } = await one.jobs.job.trigger()
      one.storage.fail({ code: 'STORAGE_IO', verbs: ['claim'], times: 1, afterwards: true })
      one.storage.fail({ code: 'STORAGE_IO', verbs: ['renew', 'recover'] })
      const mend = one.storage.fail({ code: 'STORAGE_IO', verbs: ['claim'] })
      one.durably.start()
      await time.advance(10_000)
      other.durably.start()
      await time.advance(5_000)
      mend()
      await time.advance(90_000)
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual([run.status, run.generation], ['completed', 2], 'status and generation')
      expectEqual(charged, ['other'], 'who executed the body')
    },
  )

  define('a claim that is repeated keeps the slots it may have filled already', async ({ boot, time }) => {
    let inFlight = 0
    let most = 0
    const stuck = gate()
    const hangs = defineJob({ name: 'job' }, () => stuck.opened)
    const job = defineJob({ name: 'job' }, async () => {
      most = Math.max(most, ++inFlight)
      await new Promise<void>((resolve) => time.scheduler.after(20_000, resolve))
      inFlight--
    })
    const gone = await boot({ jobs: { job: hangs }, concurrency: 2 })
    await gone.jobs.job.batchTrigger([{}, {}])
    gone.durably.start()
    await time.settle()
    gone.crash()
    await time.advance(28_000)
    const one = await boot({ jobs: { job }, concurrency: 2 })
    one.durably.start()
    await time.advance(1_000)
    one.storage.fail({ code: 'STORAGE_IO', verbs: ['claim'], times: 1, afterwards: true })
    const mend = one.storage.fail({ code: 'STORAGE_IO', verbs: ['claim'] })
    await one.jobs.job.batchTrigger([{}, {}])
    // Meanwhile the leases of what was left behind end.
    await time.advance(5_000)
    mend()
    await time.advance(90_000)
    expectEqual(most, 2, 'runs executed at a time')
    expectEqual((await one.durably.getRuns({ status: 'completed' })).length, 4, 'the completed runs')
  })
}
