import { defineJob } from '@durably/core'
import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { anything } from './schema.ts'

/** What an instance publishes, and to whom. */
export function eventCases(define: DefineCase): void {
  define(
    'the life of a run is told in order, numbered without gaps, with ISO times',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job', input: anything<boolean>() }, async (step, fails) => {
        await step.run('one', () => 1)
        step.setProgress({ current: 1 })
        step.log.info('line')
        await step.run('two', () => {
          if (fails) throw new Error('two fails')
        })
        return 'output'
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      const good = await jobs.job.triggerAndWait(false, { labels: { tenant: 'acme' } })
      await time.settle()
      const { id } = await jobs.job.trigger(true)
      await time.settle()
      await durably.retry(id)
      await time.settle()
      await durably.deleteRun(good.id)
      await durably.stop()
      const begun = ['run:start', 'step:start', 'step:complete', 'log:write', 'step:start']
      expectEqual(
        events.types().filter((type) => type !== 'run:progress'),
        [
          'worker:start',
          'run:trigger',
          ...begun,
          'step:complete',
          'run:complete',
          'run:trigger',
          ...begun,
          'step:fail',
          'run:fail',
          'run:retry',
          'run:start',
          'log:write',
          'step:start',
          'step:fail',
          'run:fail',
          'run:delete',
          'worker:stop',
        ],
        'the events',
      )
      expectEqual(events.of('run:progress').length, 3, 'the progress published, once per execution')
      expectEqual(
        events.map((event) => event.sequence),
        events.map((_, index) => index + 1),
        'the sequence',
      )
      for (const { timestamp } of events)
        expectEqual(new Date(timestamp).toISOString(), timestamp, 'a time in ISO 8601')
    },
  )

  define(
    'run events carry run, job and labels; ends carry what happened and how long it took',
    async ({ boot, time }) => {
      const sleep = (ms: number) => new Promise<void>((resolve) => time.scheduler.after(ms, resolve))
      const job = defineJob({ name: 'job', input: anything<boolean>() }, async (step, fails) => {
        await step.run('slow', async () => {
          await sleep(40)
          return { rows: 3 }
        })
        await sleep(60)
        await step.run('last', async () => {
          await sleep(5)
          if (fails) throw Object.assign(new Error('boom'), { code: 'E' })
        })
        return { done: true }
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      const labels = { tenant: 'acme' }
      const { id: runId } = await jobs.job.trigger(false, { labels })
      await jobs.job.trigger(true)
      await time.advance(1_000)
      const about = { runId, jobName: 'job', labels }
      const [complete] = events.of('run:complete').map(({ timestamp: _, sequence: __, ...rest }) => rest)
      expectEqual(
        complete,
        { type: 'run:complete', ...about, output: { done: true }, durationMs: 105 },
        'run:complete',
      )
      const [stepEnd] = events.of('step:complete').map(({ timestamp: _, sequence: __, ...rest }) => rest)
      const step = { stepName: 'slow', index: 0, attempt: 1 }
      expectEqual(
        stepEnd,
        { type: 'step:complete', ...about, ...step, output: { rows: 3 }, durationMs: 40 },
        'step:complete',
      )
      const [stepFail] = events.of('step:fail')
      expectEqual(
        [
          stepFail?.stepName,
          stepFail?.index,
          stepFail?.attempt,
          stepFail?.error.message,
          stepFail?.error.code,
          stepFail?.durationMs,
        ],
        ['last', 1, 1, 'boom', 'E', 5],
        'step:fail',
      )
      const [fail] = events.of('run:fail')
      expectEqual(
        [fail?.error.message, fail?.error.code, fail?.error.stepName, fail?.durationMs],
        ['boom', 'E', 'last', 105],
        'run:fail',
      )
    },
  )

  define('an event is published after the commit it reports', async ({ boot, time, storage }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('one', () => 1)
      return 'output'
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const found: unknown[] = []
    durably.on('run:trigger', async ({ runId }) => found.push((await storage.getRun(runId))?.id === runId))
    durably.on('step:complete', async ({ runId }) => found.push((await storage.getSteps(runId)).length))
    durably.on('run:complete', async ({ runId }) => found.push((await storage.getRun(runId))?.status))
    durably.start()
    await jobs.job.trigger()
    await time.settle()
    expectEqual(found, [true, 1, 'completed'], 'what listeners found in the database')
  })

  define('an end whose commit has not come back is not published yet', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => step.run('one', () => 1))
    const { durably, jobs, events, storage } = await boot({ jobs: { job } })
    durably.start()
    const releaseStep = storage.hold('recordStep')
    const releaseSettle = storage.hold('settle')
    await jobs.job.trigger()
    await time.settle()
    expectEqual(events.types().at(-1), 'step:start', 'the last event while the step is written')
    releaseStep()
    await time.settle()
    expectEqual(events.types().at(-1), 'step:complete', 'the last event while the settle is written')
    releaseSettle()
    await time.settle()
    expectEqual(events.types().at(-1), 'run:complete', 'the last event')
  })

  define(
    'each run ends with exactly one terminal event, in each instance that ended it',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job', input: anything<number>() }, (_, number) => {
        if (number % 3 === 0) throw new Error('a third fails')
        return number
      })
      const one = await boot({ jobs: { job }, concurrency: 3 })
      const other = await boot({ jobs: { job }, concurrency: 3 })
      one.durably.start()
      other.durably.start()
      const runs = await one.jobs.job.batchTrigger(Array.from({ length: 30 }, (_, input) => ({ input })))
      await time.advance(5_000)
      const ends = [...one.events, ...other.events].filter(
        (event) => event.type === 'run:complete' || event.type === 'run:fail',
      )
      expectEqual(ends.length, 30, 'the ends published')
      expectEqual(
        new Set(ends.map((event) => ('runId' in event ? event.runId : ''))).size,
        runs.length,
        'of different runs',
      )
      expectTrue(ends.filter((event) => event.type === 'run:fail').length === 10, 'a third of them failed')
    },
  )

  define(
    'every listener hears events in their sequence, also when another listener publishes some',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, () => 1)
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.on('run:trigger', () => durably.start())
      await jobs.job.trigger()
      await time.settle()
      expectEqual(
        events.types(),
        ['run:trigger', 'worker:start', 'run:start', 'run:complete'],
        'what a listener of all events heard',
      )
      expectEqual(
        events.map((event) => event.sequence),
        [1, 2, 3, 4],
        'their sequence',
      )
    },
  )
}
