import { defineJob } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Where steps stand, one after the other and side by side. */
export function stepOrderCases(define: DefineCase): void {
  define(
    'a step keeps name, index, status, output, attempt, generation and times',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run(
          'slow',
          () => new Promise<string>((done) => time.scheduler.after(250, () => done('made'))),
        )
        await step.run('quick', () => 7)
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      const startedAt = new Date(time.clock.now()).toISOString()
      durably.start()
      const { id: runId } = await jobs.job.trigger()
      await time.advance(250)
      const finishedAt = new Date(time.clock.now()).toISOString()
      const common = {
        runId,
        status: 'completed',
        error: null,
        attempt: 1,
        generation: 1,
        forgotten: false,
        damaged: [],
      } as const
      expectEqual(
        await durably.getSteps(runId),
        [
          { ...common, name: 'slow', index: 0, output: 'made', startedAt, finishedAt },
          { ...common, name: 'quick', index: 1, output: 7, startedAt: finishedAt, finishedAt },
        ],
        'the recorded steps',
      )
    },
  )

  define('an index is given at the first start, not at the end', async ({ boot, time }) => {
    const slow = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      await Promise.all([step.run('slow', () => slow.opened), step.run('quick', () => 'done')])
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    slow.open()
    await time.settle()
    expectEqual(
      (await durably.getSteps(id)).map((step) => [step.name, step.index]),
      [
        ['slow', 0],
        ['quick', 1],
      ],
      'the steps in order of their index',
    )
    expectEqual(
      events.of('step:complete').map((event) => event.stepName),
      ['quick', 'slow'],
      'the order of their ends',
    )
  })

  define(
    'indexes continue after the highest recorded one when the code has changed meanwhile',
    async ({ boot, time }) => {
      const stuck = gate()
      const before = defineJob({ name: 'job' }, async (step) => {
        await step.run('a', () => 1)
        await step.run('b', () => 2)
        await stuck.opened
      })
      const after = defineJob({ name: 'job' }, async (step) => {
        await step.run('new at the front', () => 0)
        await step.run('b', () => 2)
      })
      const one = await boot({ jobs: { before } })
      const other = await boot({ jobs: { after } })
      one.durably.start()
      const { id } = await one.jobs.before.trigger()
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(60_000)
      expectEqual(
        (await other.durably.getSteps(id)).map((step) => [step.name, step.index]),
        [
          ['a', 0],
          ['b', 1],
          ['new at the front', 2],
        ],
        'the steps and their indexes',
      )
    },
  )

  define('steps run side by side', async ({ boot, time }) => {
    const gates = { left: gate<string>(), right: gate<string>() }
    const job = defineJob({ name: 'job' }, async (step) =>
      Promise.all([step.run('left', () => gates.left.opened), step.run('right', () => gates.right.opened)]),
    )
    const { durably, jobs, events } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    expectEqual(
      events.of('step:start').map((event) => event.stepName),
      ['left', 'right'],
      'the steps in flight',
    )
    gates.right.open('R')
    await time.settle()
    gates.left.open('L')
    await time.settle()
    expectEqual((await durably.getRun(id))?.output, ['L', 'R'], 'the output')
  })

  define('a hundred steps side by side are each executed and recorded once', async ({ boot }) => {
    const executions = new Map<string, number>()
    const names = Array.from({ length: 100 }, (_, index) => `step ${index}`)
    const job = defineJob({ name: 'job' }, async (step) => {
      const results = await Promise.all(
        names.map((name, index) =>
          step.run(name, () => {
            executions.set(name, (executions.get(name) ?? 0) + 1)
            return index
          }),
        ),
      )
      return results.reduce((sum, value) => sum + value, 0)
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const run = await jobs.job.triggerAndWait()
    expectEqual(run.output, 4950, 'the sum of the results')
    expectEqual(
      [executions.size, Math.max(...executions.values())],
      [100, 1],
      'bodies, and executions of the busiest',
    )
    const steps = await durably.getSteps(run.id)
    expectEqual(
      steps.map((step) => step.index),
      names.map((_, index) => index),
      'the recorded indexes',
    )
  })
}
