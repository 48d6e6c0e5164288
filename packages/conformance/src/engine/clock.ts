import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything } from './schema.ts'

const DAY_MS = 86_400_000

/** Clocks that jump, loops that are blocked, processes that stand still. */
export function clockCases(define: DefineCase): void {
  for (const [direction, jumpMs] of [
    ['forwards', DAY_MS],
    ['backwards', -DAY_MS],
  ] as const) {
    define(
      `a wall clock that jumps ${direction} by a day disturbs no run of a lone worker`,
      async ({ boot, time }) => {
        const executions = new Map<string, number>()
        const job = defineJob({ name: 'job', input: anything<number>() }, async (step, number) => {
          for (const name of ['a', 'b', 'c', 'd']) {
            await step.run(name, async () => {
              executions.set(`${number}${name}`, (executions.get(`${number}${name}`) ?? 0) + 1)
              await new Promise<void>((resolve) => time.scheduler.after(4_000, resolve))
            })
          }
        })
        const { durably, jobs, events } = await boot({ jobs: { job }, concurrency: 2 })
        durably.start()
        await jobs.job.batchTrigger([{ input: 1 }, { input: 2 }, { input: 3 }])
        await time.advance(6_000)
        time.jump(jumpMs)
        await time.advance(60_000)
        expectEqual(
          (await durably.getRuns()).map((run) => run.status),
          ['completed', 'completed', 'completed'],
          'the runs',
        )
        expectEqual(
          [executions.size, Math.max(...executions.values())],
          [12, 1],
          'bodies, and executions of the busiest',
        )
        const durations = events.of('run:complete').map((event) => event.durationMs)
        expectEqual(durations, [16_000, 16_000, 16_000], 'the durations, which no clock moves')
      },
    )

    define(
      `a wall clock that jumps ${direction} by a day repeats no recorded step and loses no run of two workers`,
      async ({ boot, time }) => {
        const recorded = new Map<string, number>()
        const job = defineJob({ name: 'job', input: anything<number>() }, async (step, number) => {
          for (const name of ['a', 'b', 'c', 'd']) {
            await step.run(name, () => new Promise<void>((resolve) => time.scheduler.after(4_000, resolve)))
          }
          return number
        })
        const processes = [
          await boot({ jobs: { job }, concurrency: 2 }),
          await boot({ jobs: { job }, concurrency: 2 }),
        ]
        for (const { durably } of processes) {
          durably.start()
          durably.on('step:complete', ({ runId, stepName }) => {
            const key = `${runId}:${stepName}`
            recorded.set(key, (recorded.get(key) ?? 0) + 1)
          })
        }
        const [one] = processes as [(typeof processes)[number]]
        await one.jobs.job.batchTrigger(Array.from({ length: 6 }, (_, input) => ({ input })))
        await time.advance(6_000)
        time.jump(jumpMs)
        await time.advance(180_000)
        expectEqual(
          (await one.durably.getRuns()).map((run) => [run.status, run.output]),
          [5, 4, 3, 2, 1, 0].map((number) => ['completed', number]),
          'the runs',
        )
        expectEqual([recorded.size, Math.max(...recorded.values())], [24, 1], 'steps recorded, and how often')
        const ends = processes.flatMap(({ events }) => [
          ...events.of('run:complete'),
          ...events.of('run:fail'),
        ])
        expectEqual(ends.length, 6, 'ends published')
      },
    )
  }

  define(
    'a delayed run whose time was moved by a jump starts when the clock says so',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, () => 1)
      const { durably, jobs } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger(undefined, { delay: '12h' })
      await time.advance(10_000)
      time.jump(DAY_MS / 2)
      await time.advance(1_100)
      expectEqual((await durably.getRun(id))?.status, 'completed', 'the status within a poll of the jump')
    },
  )

  define('after a clock was set back by a day polling and heartbeats go on', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const worker = await boot({ jobs: { job } })
    const caller = await boot({ jobs: { job } })
    worker.durably.start()
    await time.advance(3_000)
    time.jump(-DAY_MS)
    const { id } = await caller.jobs.job.trigger()
    await time.advance(1_000)
    expectEqual((await caller.durably.getRun(id))?.status, 'completed', 'the status')
  })

  define(
    'a loop blocked for longer than the lease, alone: the run goes on under its old lease',
    async ({ boot, time }) => {
      const ran: string[] = []
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('block', () => {
          ran.push('block')
          time.block(120_000)
        })
        await step.run('after', () => ran.push(`after in generation ${step.generation}`))
        return 'done'
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.advance(60_000)
      const run = present(await durably.getRun(id), 'the run')
      expectEqual([run.status, run.output], ['completed', 'done'], 'status and output')
      expectEqual(
        ran.filter((name) => name === 'block'),
        ['block'],
        'executions of the recorded step',
      )
      expectEqual(events.of('run:complete').length, 1, 'completions published')
    },
  )

  define(
    'a loop blocked for longer than the lease, while another worker took over: no further body runs here',
    async ({ boot, time }) => {
      const ran: string[] = []
      const first = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('one', () => (step.generation === 1 ? first.opened : undefined))
        await step.run('two', () => ran.push(`two in generation ${step.generation}`))
        return step.generation
      })
      const blocked = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      blocked.durably.start()
      const { id } = await blocked.jobs.job.trigger()
      await time.settle()
      // A blocked process renews nothing and answers nothing; to the database it is as if it were not there.
      const release = [
        blocked.storage.hold('renew'),
        blocked.storage.hold('recover'),
        blocked.storage.hold('claim'),
      ]
      other.durably.start()
      await time.advance(60_000)
      for (const each of release) each()
      first.open()
      await time.advance(10_000)
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.output, run.generation],
        ['completed', 2, 2],
        'status, output and generation',
      )
      expectEqual(ran, ['two in generation 2'], 'the bodies executed')
    },
  )

  define(
    'before a body is executed under a lease that may have ended, the lease is renewed first',
    async ({ boot, time }) => {
      const ran: string[] = []
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('one', () => 1)
        time.block(40_000)
        await step.run('two', () => ran.push(`two in generation ${step.generation}`))
      })
      const { durably, jobs, storage } = await boot({ jobs: { job } })
      durably.start()
      await jobs.job.trigger()
      await time.settle()
      const twoAt = storage.calls.lastIndexOf('recordStep')
      const renewAt = storage.calls.indexOf('renew')
      expectTrue(
        renewAt >= 0 && renewAt < twoAt,
        `renewed before the second step: ${storage.calls.join(', ')}`,
      )
      expectEqual(ran, ['two in generation 1'], 'the bodies executed')
    },
  )

  define(
    'a renewal that is refused before a body delays the run and does not fail it',
    async ({ boot, time }) => {
      const pause = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('one', () => 1)
        if (step.generation === 1) await pause.opened
        return step.run('two', () => step.generation)
      })
      const { durably, jobs, storage } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      time.block(60_000)
      storage.fail({ code: 'STORAGE_BUSY', verbs: ['renew'], times: 1 })
      pause.open()
      await time.settle()
      const run = present(await durably.getRun(id), 'the run')
      expectEqual([run.status, run.error], ['running', null], 'status and error after the refusal')
      await time.advance(60_000)
      expectEqual((await durably.getRun(id))?.output, 2, 'the output, after the run was taken over')
    },
  )

  define(
    'a lease of a clock that was ahead is not believed for longer than it lasts',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 1) await stuck.opened
        return 'taken over'
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      time.jump(DAY_MS)
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      one.crash()
      time.jump(-DAY_MS)
      other.durably.start()
      await time.advance(120_000)
      expectEqual((await other.durably.getRun(id))?.output, 'taken over', 'the output within two minutes')
    },
  )
}
