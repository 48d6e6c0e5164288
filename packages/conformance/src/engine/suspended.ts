import { defineJob, type Run } from '@durably/core'
import { expectEqual, expectRejection, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { anything } from './schema.ts'
import type { World } from './world.ts'

const job = defineJob({ name: 'job', input: anything<string>() }, (_, name) => name)

/** Runs that are asleep. */
export function suspendedCases(define: DefineCase): void {
  define('a sleeping run is woken and executed when its time has come', async (world) => {
    const { durably, jobs } = await world.boot({ jobs: { job }, pollingInterval: 600_000 })
    const run = await suspend(world, await jobs.job.trigger('sleeper'), 30_000)
    expectEqual(
      [run.status, run.dueAt],
      ['suspended', new Date(world.time.clock.now() + 30_000).toISOString()],
      'status and due time',
    )
    durably.start()
    await world.time.advance(29_999)
    expectEqual((await durably.getRun(run.id))?.status, 'suspended', 'one millisecond before')
    await world.time.advance(1)
    const woken = present(await durably.getRun(run.id), 'the run')
    expectEqual([woken.status, woken.output, woken.generation], ['completed', 'sleeper', 2], 'at its time')
  })

  define('a run that sleeps without a time is left alone', async (world) => {
    const { durably, jobs } = await world.boot({ jobs: { job } })
    const run = await suspend(world, await jobs.job.trigger('sleeper'), null)
    durably.start()
    await world.time.advance(120_000)
    expectEqual((await durably.getRun(run.id))?.status, 'suspended', 'the status')
  })

  define('a suspended run frees its concurrency key, and needs it again when it wakes', async (world) => {
    const { durably, jobs, events } = await world.boot({ jobs: { job } })
    const sleeper = await suspend(world, await jobs.job.trigger('sleeper', { concurrencyKey: 'k' }), 5_000)
    const second = await jobs.job.trigger('second', { concurrencyKey: 'k' })
    durably.start()
    await world.time.settle()
    expectEqual((await durably.getRun(second.id))?.status, 'completed', 'the next run of the key')
    await world.time.advance(6_000)
    expectEqual((await durably.getRun(sleeper.id))?.status, 'completed', 'the sleeper')
    expectEqual(
      events.of('run:complete').map((event) => event.runId),
      [second.id, sleeper.id],
      'the order of their ends',
    )
  })

  define('a suspended run is cancelled at once and never wakes', async (world) => {
    const { durably, jobs } = await world.boot({ jobs: { job } })
    const run = await suspend(world, await jobs.job.trigger('sleeper'), 5_000)
    durably.start()
    expectEqual((await durably.cancel(run.id)).status, 'cancelled', 'the status that cancel returns')
    await world.time.advance(20_000)
    const cancelled = present(await durably.getRun(run.id), 'the run')
    expectEqual([cancelled.status, cancelled.dueAt], ['cancelled', null], 'status and due time')
  })

  define('retry and deleteRun of a suspended run are refused with CONFLICT', async (world) => {
    const { durably, jobs } = await world.boot({ jobs: { job } })
    const run = await suspend(world, await jobs.job.trigger('sleeper'), null)
    await expectRejection(durably.retry(run.id), 'CONFLICT', 'retry')
    await expectRejection(durably.deleteRun(run.id), 'CONFLICT', 'deleteRun')
    expectEqual(await durably.getRun(run.id), run, 'the run')
  })

  define('a pass says when the first sleeping run is due', async (world) => {
    const { durably, jobs } = await world.boot({ jobs: { job } })
    const dueAt = new Date(world.time.clock.now() + 9_000).toISOString()
    await suspend(world, await jobs.job.trigger('late'), 20_000)
    await suspend(world, await jobs.job.trigger('early'), 9_000)
    expectEqual(await durably.processUntilIdle(), { processed: 0, nextDueAt: dueAt }, 'the pass')
  })
}

/** Lets an execution of a pending run end asleep. */
async function suspend(world: World, { id: runId }: Run, forMs: number | null): Promise<Run> {
  const { storage, time } = world
  const now = time.clock.now()
  const [claim] = await storage.claim({
    jobNames: [job.name],
    limit: () => 1,
    claimId: `suspend-${runId}`,
    now,
    leaseMs: 30_000,
  })
  const { run } = present(claim, 'the claim')
  expectEqual(run.id, runId, 'the run claimed')
  const lease = { runId, generation: run.generation }
  await storage.settle(lease, { status: 'suspended', wakeAt: forMs === null ? null : now + forMs }, now)
  const { durably } = await world.boot()
  return present(await durably.getRun(runId), 'the run')
}
