import { defineJob } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'

/** What the callbacks of a wait are told, and what they may do. */
export function waitCallbackCases(define: DefineCase): void {
  define('onProgress and onLog see what the run says while it is waited for', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      step.log.info('begun')
      step.setProgress({ current: 1, total: 2 })
      await step.run('one', ({ log }) => log.warn('inside', { n: 1 }))
      step.setProgress({ current: 2, total: 2 })
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const seen: unknown[] = []
    await jobs.job.triggerAndWait(undefined, {
      onProgress: (progress) => seen.push(progress),
      onLog: ({ level, message, stepName, data }) => seen.push([level, message, stepName, data]),
    })
    await time.settle()
    expectEqual(
      seen,
      [
        ['info', 'begun', null, undefined],
        ['warn', 'inside', 'one', { n: 1 }],
        { current: 1, total: 2 },
        { current: 2, total: 2 },
      ],
      'what was seen',
    )
  })

  define('a callback that throws does not disturb the wait', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      step.setProgress({ current: 1 })
      await step.run('one', () => 1)
      return 'done'
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const waiting = jobs.job.triggerAndWait(undefined, {
      onProgress: () => {
        throw new Error('callback')
      },
    })
    await time.advance(3_000)
    expectEqual((await waiting).output, 'done', 'the output')
  })

  define(
    'onLog hears the first line also when an idle worker begins in the turn the run is stored in',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        step.log.info('starting')
        await step.run('one', () => 1)
        step.log.info('ending')
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      durably.start()
      await time.settle()
      const lines: string[] = []
      await jobs.job.triggerAndWait(undefined, { onLog: (line) => lines.push(line.message) })
      expectEqual(lines, ['starting', 'ending'], 'the lines heard')
    },
  )

  define('onProgress goes on when the run moves to another process', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      step.setProgress({ current: step.generation })
      await new Promise<void>((resolve) => time.scheduler.after(10_000, resolve))
    })
    const one = await boot({ jobs: { job } })
    const other = await boot({ jobs: { job } })
    const { id } = await one.jobs.job.trigger()
    const seen: number[] = []
    const waiting = one.durably.waitForRun(id, { onProgress: ({ current }) => seen.push(current) })
    one.durably.start()
    await time.advance(2_000)
    const stopping = one.durably.stop({ timeout: 0 })
    await time.advance(100)
    await stopping
    other.durably.start()
    await time.advance(20_000)
    expectEqual([(await waiting).status, seen], ['completed', [1, 2]], 'the status, and the progress seen')
  })

  define(
    'a callback that throws does not disturb a wait for a run executed elsewhere, and is reported',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        step.setProgress({ current: 1 })
        await new Promise<void>((resolve) => time.scheduler.after(5_000, resolve))
        return 'done'
      })
      const caller = await boot({ jobs: { job } })
      const worker = await boot({ jobs: { job } })
      const { id } = await caller.jobs.job.trigger()
      const onProgress = () => {
        throw new Error('callback')
      }
      const waiting = caller.durably.waitForRun(id, { onProgress }).then((run) => run.output, String)
      worker.durably.start()
      await time.advance(20_000)
      expectEqual(
        [await waiting, caller.errors.map(String)],
        ['done', ['Error: callback']],
        'output and reports',
      )
    },
  )

  define('a callback that rejects does not disturb the wait, and is reported', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      step.setProgress({ current: 1 })
      await step.run('one', () => 1)
      return 'done'
    })
    const { durably, jobs, errors } = await boot({ jobs: { job } })
    durably.start()
    const onProgress = () => Promise.reject(new Error('callback'))
    const { output } = await jobs.job.triggerAndWait(undefined, { onProgress })
    await time.settle()
    expectEqual([output, errors.map(String)], ['done', ['Error: callback']], 'output and reports')
  })
}
