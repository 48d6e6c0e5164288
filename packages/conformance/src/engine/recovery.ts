import { defineJob } from '@durably/core'
import { expectEqual, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything } from './schema.ts'

/** Leases: renewing them, losing them, taking over what was left behind. */
export function recoveryCases(define: DefineCase): void {
  define(
    'while runs are executed one write per heartbeat renews the leases of all of them',
    async ({ boot, time, storage }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, () => stuck.opened)
      const process = await boot({
        jobs: { job },
        concurrency: 3,
        heartbeatInterval: 5_000,
        staleThreshold: 30_000,
      })
      const runs = await process.jobs.job.batchTrigger([{}, {}, {}])
      process.durably.start()
      await time.settle()
      const claimedAt = time.clock.now()
      process.storage.forget()
      await time.advance(21_000)
      expectEqual(process.storage.calls.filter((verb) => verb === 'renew').length, 4, 'renewals in 21 s')
      for (const { id } of runs) {
        const { heartbeatAt, leaseEndsAt } = present(await storage.getRun(id), 'the run')
        expectEqual(
          [heartbeatAt, leaseEndsAt],
          [claimedAt + 20_000, claimedAt + 50_000],
          'the last heartbeat and the end of the lease',
        )
      }
    },
  )

  define('a lease lasts for a whole millisecond at least', async ({ boot, time, storage }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, () => stuck.opened)
    const settings = { heartbeatInterval: 0.1, staleThreshold: 0.4 }
    const { durably, jobs } = await boot({ jobs: { job }, ...settings })
    const { id } = await jobs.job.trigger()
    durably.start()
    await time.settle()
    const { heartbeatAt, leaseEndsAt } = present(await storage.getRun(id), 'the run')
    expectEqual((leaseEndsAt ?? 0) - (heartbeatAt ?? 0), 1, 'milliseconds of lease')
  })

  define('nothing is renewed while nothing is executed', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const process = await boot({ jobs: { job } })
    process.durably.start()
    await process.jobs.job.trigger()
    await time.advance(60_000)
    expectEqual(process.storage.calls.filter((verb) => verb === 'renew').length, 0, 'renewals')
  })

  define(
    'a run that is executed longer than its lease is never taken over while it is renewed',
    async ({ boot, time }) => {
      const long = gate()
      let executions = 0
      const job = defineJob({ name: 'job' }, async () => {
        executions += 1
        await long.opened
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      other.durably.start()
      await time.advance(300_000)
      long.open()
      await time.settle()
      const run = present(await one.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.generation, executions],
        ['completed', 1, 1],
        'status, generation and executions',
      )
    },
  )

  define('a run is taken over also while a backlog keeps every slot busy', async ({ boot, time }) => {
    const order: string[] = []
    const settings = { heartbeatInterval: 400, staleThreshold: 1_000 }
    const job = defineJob({ name: 'job', input: anything<string>() }, async (_, input) => {
      order.push(input)
      await new Promise<void>((resolve) => time.scheduler.after(100, resolve))
    })
    const lost = await boot({ jobs: { job }, ...settings })
    await lost.jobs.job.trigger('left behind')
    lost.durably.start()
    await time.settle()
    lost.crash()
    const { durably, jobs } = await boot({ jobs: { job }, ...settings })
    await jobs.job.batchTrigger(Array.from({ length: 50 }, (_, index) => ({ input: `run ${index}` })))
    durably.start()
    await time.advance(3_000)
    expectEqual(
      order.filter((name) => name === 'left behind').length,
      2,
      'its executions within three leases',
    )
    await time.advance(3_000)
    expectEqual(order.length, 52, 'the executions in all')
  })

  define(
    'a run whose worker disappeared is taken over once its lease has ended, not before',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 1) await stuck.opened
        return step.generation
      })
      const one = await boot({ jobs: { job }, staleThreshold: 20_000, heartbeatInterval: 4_000 })
      // The owner's threshold counts, not that of whoever takes over.
      const other = await boot({ jobs: { job }, staleThreshold: 2_000, heartbeatInterval: 1_000 })
      one.durably.start()
      const { id } = await one.jobs.job.trigger(undefined, { labels: { tenant: 'acme' } })
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(20_000)
      expectEqual((await other.durably.getRun(id))?.generation, 1, 'the generation while the lease is held')
      await time.advance(1_500)
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.generation, run.output],
        ['completed', 2, 2],
        'status, generation and output',
      )
      const ofRun = other.events.filter((event) => 'runId' in event)
      expectEqual(
        ofRun.map((event) => event.type),
        ['run:recover', 'run:start', 'run:complete'],
        'the events of the run',
      )
      const [recover] = other.events.of('run:recover')
      expectEqual(
        [recover?.runId, recover?.jobName, recover?.labels, recover?.generation, recover?.recoveries],
        [id, 'job', { tenant: 'acme' }, 2, 1],
        'what run:recover says',
      )
    },
  )

  define(
    'a worker that starts after the lease has ended takes the run over at once',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 1) await stuck.opened
      })
      const one = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      one.crash()
      await time.advance(60_000)
      const other = await boot({ jobs: { job } })
      other.durably.start()
      await time.settle()
      expectEqual(
        (await other.durably.getRun(id))?.status,
        'completed',
        'the status without any time passing',
      )
    },
  )

  define(
    'everything left behind is taken over by a worker with one slot, one after the other without waiting',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 1) await stuck.opened
      })
      const one = await boot({ jobs: { job }, concurrency: 10 })
      await one.jobs.job.batchTrigger(Array.from({ length: 10 }, () => ({})))
      one.durably.start()
      await time.settle()
      one.crash()
      await time.advance(60_000)
      const other = await boot({ jobs: { job } })
      other.durably.start()
      await time.settle()
      const completed = await other.durably.getRuns({ status: 'completed' })
      expectEqual(completed.length, 10, 'the completed runs without any time passing')
    },
  )

  define(
    'several runs left behind are taken over with the concurrency of the new worker',
    async ({ boot, time }) => {
      const stuck = gate()
      const executions = new Map<number, number>()
      let inFlight = 0
      let most = 0
      const job = defineJob({ name: 'job', input: anything<number>() }, async (step, number) => {
        if (step.generation === 1) await stuck.opened
        inFlight += 1
        most = Math.max(most, inFlight)
        executions.set(number, (executions.get(number) ?? 0) + 1)
        await step.run('pause', () => new Promise<void>((resolve) => time.scheduler.after(100, resolve)))
        inFlight -= 1
      })
      const one = await boot({ jobs: { job }, concurrency: 6 })
      const other = await boot({ jobs: { job }, concurrency: 2 })
      one.durably.start()
      await one.jobs.job.batchTrigger(Array.from({ length: 6 }, (_, input) => ({ input })))
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(120_000)
      expectEqual(
        [executions.size, Math.max(...executions.values()), most],
        [6, 1, 2],
        'runs, executions each, at a time',
      )
      expectEqual((await other.durably.getRuns({ status: 'completed' })).length, 6, 'the completed runs')
    },
  )
}
