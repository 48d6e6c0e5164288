import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate, rejection } from './gate.ts'
import { anything } from './schema.ts'

/** Executing runs without a loop, for hosts that may not poll. */
export function processCases(define: DefineCase): void {
  define('processOne executes one due run and answers it as it is then, or null', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: anything<number>() }, (_, number) => {
      if (number === 2) throw new Error('two')
      return number
    })
    const { durably, jobs } = await boot({ jobs: { job }, concurrency: 5 })
    await jobs.job.batchTrigger([{ input: 1 }, { input: 2 }])
    const first = present(await durably.processOne(), 'the first run')
    expectEqual([first.input, first.status, first.output], [1, 'completed', 1], 'the first run')
    const second = present(await durably.processOne(), 'the second run')
    expectEqual([second.input, second.status, second.error?.message], [2, 'failed', 'two'], 'the second run')
    expectEqual(await durably.processOne(), null, 'when nothing is due')
  })

  define(
    'processUntilIdle executes everything that is due and says when the next run is',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job', input: anything<number>() }, () => 1)
      const { durably, jobs } = await boot({ jobs: { job }, concurrency: 3 })
      await jobs.job.batchTrigger(Array.from({ length: 10 }, (_, input) => ({ input })))
      await jobs.job.trigger(10, { delay: 60_000 })
      await jobs.job.trigger(11, { delay: 30_000 })
      const dueAt = new Date(time.clock.now() + 30_000).toISOString()
      expectEqual(await durably.processUntilIdle(), { processed: 10, nextDueAt: dueAt }, 'the first pass')
      expectEqual(await durably.processUntilIdle(), { processed: 0, nextDueAt: dueAt }, 'the second pass')
      await time.advance(60_000)
      expectEqual(await durably.processUntilIdle(), { processed: 2, nextDueAt: null }, 'a minute later')
      expectEqual((await durably.getRuns({ status: 'completed' })).length, 12, 'the completed runs')
    },
  )

  define('runs triggered by a handler are due as well', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: anything<number>() }, async (step, left) => {
      if (left > 0) await step.run('next', async () => void (await handle.trigger(left - 1)))
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const handle = jobs.job
    await jobs.job.trigger(3)
    expectEqual((await durably.processUntilIdle()).processed, 4, 'how many were executed')
  })

  define('a delayed run that the pass itself triggered counts for nextDueAt', async ({ boot, time }) => {
    const job = defineJob({ name: 'job', input: anything<boolean>() }, async (step, again) => {
      if (again) await step.run('again', async () => void (await handle.trigger(false, { delay: 60_000 })))
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const handle = jobs.job
    await jobs.job.trigger(true)
    const nextDueAt = new Date(time.clock.now() + 60_000).toISOString()
    expectEqual(await durably.processUntilIdle(), { processed: 1, nextDueAt }, 'what the pass did')
  })

  define(
    'a slot that is free takes what another run of the pass triggers and waits for',
    async ({ boot, time }) => {
      const child = defineJob({ name: 'child' }, () => 'child')
      const parent = defineJob({ name: 'parent' }, async (step) => {
        await step.run('child', async () => void (await handle.triggerAndWait()))
      })
      const { durably, jobs } = await boot({ jobs: { parent, child }, concurrency: 2 })
      const handle = jobs.child
      await jobs.parent.trigger()
      let processed = Number.NaN
      void durably.processUntilIdle().then((result) => {
        processed = result.processed
      })
      await time.advance(60_000)
      expectEqual(processed, 2, 'how many were executed')
    },
  )

  define('maxRuns ends the pass', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job }, concurrency: 4 })
    await jobs.job.batchTrigger([{}, {}, {}, {}, {}])
    expectEqual((await durably.processUntilIdle({ maxRuns: 3 })).processed, 3, 'executed at most')
    expectEqual((await durably.getRuns({ status: 'pending' })).length, 2, 'left pending')
    await expectRejection(durably.processUntilIdle({ maxRuns: 0 }), 'OPTION_INVALID', 'maxRuns: 0')
  })

  define(
    'nothing is claimed after the deadline, and what was begun before it ends',
    async ({ boot, time }) => {
      const job = defineJob(
        { name: 'job' },
        () => new Promise<void>((resolve) => time.scheduler.after(400, resolve)),
      )
      const { durably, jobs } = await boot({ jobs: { job } })
      await jobs.job.batchTrigger([{}, {}, {}, {}, {}])
      const pass = durably.processUntilIdle({ deadline: time.clock.now() + 1_000 })
      await time.advance(5_000)
      expectEqual((await pass).processed, 3, 'how many were executed')
      const runs = await durably.getRuns()
      expectEqual(
        runs.map((run) => run.status).toSorted(),
        ['completed', 'completed', 'completed', 'pending', 'pending'],
        'all runs',
      )
    },
  )

  define('a pass leaves no timer behind and does not make the instance poll', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const process = await boot({ jobs: { job } })
    await process.jobs.job.trigger()
    await process.durably.processUntilIdle()
    expectEqual(process.timers, 0, 'the timers left')
    await process.jobs.job.trigger()
    process.storage.forget()
    await time.advance(60_000)
    expectEqual(process.storage.calls, [], 'the calls of the storage')
    expectEqual((await process.durably.getRuns({ status: 'pending' })).length, 1, 'the pending runs')
  })

  define('a pass renews the leases of what it executes', async ({ boot, time }) => {
    const slow = gate()
    let executions = 0
    const job = defineJob({ name: 'job' }, async () => {
      executions += 1
      await slow.opened
    })
    const one = await boot({ jobs: { job } })
    const other = await boot({ jobs: { job } })
    const { id } = await one.jobs.job.trigger()
    const pass = one.durably.processOne()
    await time.settle()
    other.durably.start()
    await time.advance(120_000)
    slow.open()
    await time.settle()
    const run = present(await pass, 'the run')
    expectEqual(
      [run.id, run.status, run.generation, executions],
      [id, 'completed', 1, 1],
      'the run, and its executions',
    )
  })

  define('a pass takes over runs whose lease has ended', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      if (step.generation === 1) await stuck.opened
      return 'taken over'
    })
    const one = await boot({ jobs: { job } })
    one.durably.start()
    await one.jobs.job.trigger()
    await time.settle()
    one.crash()
    await time.advance(31_000)
    const other = await boot({ jobs: { job } })
    expectEqual((await other.durably.processOne())?.output, 'taken over', 'the output')
  })

  define(
    'a pass takes over all runs whose leases have ended, one after the other',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 1) await stuck.opened
      })
      const one = await boot({ jobs: { job }, concurrency: 3 })
      await one.jobs.job.batchTrigger([{}, {}, {}])
      one.durably.start()
      await time.settle()
      one.crash()
      await time.advance(60_000)
      const other = await boot({ jobs: { job } })
      expectEqual((await other.durably.processUntilIdle()).processed, 3, 'how many were executed')
    },
  )

  define('a pass rejects with what the storage says, and a later one goes on', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, storage } = await boot({ jobs: { job } })
    await jobs.job.trigger()
    const mend = storage.fail({ code: 'STORAGE_IO', verbs: ['claim'] })
    await expectRejection(durably.processOne(), 'STORAGE_IO', 'a pass while the storage is broken')
    mend()
    expectEqual((await durably.processUntilIdle()).processed, 1, 'executed by a later pass')
  })

  define('a pass that rejects claims nothing more', async ({ boot, time }) => {
    const stuck = gate()
    const slow = gate()
    const job = defineJob({ name: 'job' }, (step) => (step.generation === 1 ? stuck : slow).opened)
    const one = await boot({ jobs: { job } })
    await one.jobs.job.trigger()
    one.durably.start()
    await time.settle()
    one.crash()
    await time.advance(60_000)
    const { durably, jobs, storage } = await boot({ jobs: { job } })
    await jobs.job.batchTrigger([{}, {}])
    storage.fail({ code: 'STORAGE_IO', verbs: ['nextDue'], times: 1 })
    const refused = rejection(durably.processUntilIdle())
    await time.settle()
    slow.open()
    await time.settle()
    expectEqual((await durably.getRuns({ status: 'pending' })).length, 2, 'the pending runs')
    expectEqual(((await refused) as { code?: unknown }).code, 'STORAGE_IO', 'the code')
  })

  define('a pass without tables rejects with NOT_MIGRATED', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably } = await boot({ jobs: { job }, migrate: false })
    await expectRejection(durably.processOne(), 'NOT_MIGRATED', 'processOne')
    await expectRejection(durably.processUntilIdle(), 'NOT_MIGRATED', 'processUntilIdle')
  })

  define('passes of several instances side by side execute each run once', async ({ boot }) => {
    const executions = new Map<number, number>()
    const job = defineJob({ name: 'job', input: anything<number>() }, (_, number) => {
      executions.set(number, (executions.get(number) ?? 0) + 1)
    })
    const processes = [
      await boot({ jobs: { job } }),
      await boot({ jobs: { job } }),
      await boot({ jobs: { job } }),
    ]
    await present(processes[0], 'a process').jobs.job.batchTrigger(
      Array.from({ length: 30 }, (_, input) => ({ input })),
    )
    const results = await Promise.all(processes.map(({ durably }) => durably.processUntilIdle()))
    expectEqual(
      results.reduce((sum, { processed }) => sum + processed, 0),
      30,
      'the sum of what they say',
    )
    expectEqual(
      [executions.size, Math.max(...executions.values())],
      [30, 1],
      'runs, and executions of the busiest',
    )
  })
}
