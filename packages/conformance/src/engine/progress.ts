import { defineJob, type Progress } from '@durably/core'
import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Telling how far a run is. */
export function progressCases(define: DefineCase): void {
  define(
    'progress is stored after at most 100 ms, and published after that commit',
    async ({ boot, time }) => {
      const slow = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        step.setProgress({ current: 1, total: 4, message: 'first' })
        await slow.opened
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger(undefined, { labels: { tenant: 'acme' } })
      await time.settle()
      expectEqual(
        [(await durably.getRun(id))?.progress, events.of('run:progress')],
        [null, []],
        'before it is written',
      )
      await time.advance(100)
      const progress = { current: 1, total: 4, message: 'first' }
      expectEqual((await durably.getRun(id))?.progress, progress, 'what is stored')
      const [event] = events.of('run:progress')
      expectEqual(
        [event?.runId, event?.jobName, event?.labels, event?.progress],
        [id, 'job', { tenant: 'acme' }, progress],
        'the event',
      )
      slow.open()
      await time.settle()
      expectEqual((await durably.getRun(id))?.progress, progress, 'what is stored after the end')
    },
  )

  define('the newest progress travels with the next step, older ones are skipped', async ({ boot, time }) => {
    const slow = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      for (let current = 1; current <= 50; current++) step.setProgress({ current, total: 50 })
      await step.run('one', () => 1)
      await slow.opened
    })
    const { durably, jobs, events, storage } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    expectEqual(
      (await durably.getRun(id))?.progress,
      { current: 50, total: 50 },
      'what is stored without any time passing',
    )
    expectEqual(
      events.of('run:progress').map((event) => event.progress.current),
      [50],
      'what is published',
    )
    expectEqual(storage.calls.filter((verb) => verb === 'recordProgress').length, 1, 'the writes')
  })

  define('the last progress is written with the settle', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, (step) => {
      step.setProgress({ current: 9 })
      return 'done'
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    const run = await durably.getRun(id)
    expectEqual([run?.status, run?.progress], ['completed', { current: 9 }], 'status and progress')
    expectEqual(events.types(), ['run:trigger', 'run:start', 'run:progress', 'run:complete'], 'the events')
  })

  define('the last progress is stored although its commit had to be repeated', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, (step) => {
      step.setProgress({ current: 7 })
      return 'done'
    })
    const { durably, jobs, storage } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    storage.fail({ code: 'STORAGE_IO', verbs: ['recordProgress', 'settle'], times: 2 })
    durably.start()
    await time.advance(5_000)
    const run = await durably.getRun(id)
    expectEqual([run?.status, run?.progress], ['completed', { current: 7 }], 'status and progress')
  })

  define('a failing run keeps its last progress, and a retry does not lose it', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, (step) => {
      if (step.generation > 1) return
      step.setProgress({ current: 3 })
      throw new Error('fails')
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    expectEqual((await durably.getRun(id))?.progress, { current: 3 }, 'after the failure')
    await durably.retry(id)
    await durably.processUntilIdle()
    expectEqual((await durably.getRun(id))?.progress, { current: 3 }, 'after the retry')
  })

  define('progress survives a crash', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      if (step.generation > 1) return
      step.setProgress({ current: 1 })
      await stuck.opened
    })
    const one = await boot({ jobs: { job } })
    const other = await boot({ jobs: { job } })
    one.durably.start()
    const { id } = await one.jobs.job.trigger()
    await time.advance(200)
    one.crash()
    other.durably.start()
    await time.advance(60_000)
    const run = await other.durably.getRun(id)
    expectEqual([run?.status, run?.progress], ['completed', { current: 1 }], 'status and progress')
  })

  define('many calls in a long handler cost one write per 100 ms', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => {
      for (let current = 1; current <= 200; current++) {
        step.setProgress({ current })
        await new Promise<void>((resolve) => time.scheduler.after(10, resolve))
      }
    })
    const { durably, jobs, storage, events } = await boot({ jobs: { job } })
    durably.start()
    await jobs.job.trigger()
    await time.advance(2_500)
    const writes = storage.calls.filter((verb) => verb === 'recordProgress').length
    expectTrue(writes >= 15 && writes <= 21, `about 20 writes in 2 s, got ${writes}`)
    const told = events.of('run:progress').map((event) => event.progress.current)
    expectEqual([told.length, told.at(-1)], [writes, 200], 'events, and the last of them')
    expectEqual(
      told,
      told.toSorted((a, b) => a - b),
      'the order',
    )
  })

  for (const [what, value] of [
    ['NaN', { current: Number.NaN }],
    ['a negative number', { current: -1 }],
    ['a total that is text', { current: 1, total: '2' }],
    ['an infinite total', { current: 1, total: Number.POSITIVE_INFINITY }],
    ['a message that is no text', { current: 1, message: {} }],
    ['a message that is too long', { current: 1, message: 'x'.repeat(1_001) }],
    ['a plain number', 5],
    ['null', null],
    ['nothing', undefined],
  ] as const) {
    define(`setProgress throws at the call when given ${what}, and stores nothing`, async ({ boot }) => {
      const job = defineJob({ name: 'job' }, (step) => {
        try {
          step.setProgress(value as unknown as Progress)
        } catch (error) {
          return (error as { code?: unknown }).code
        }
        return 'accepted'
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      const run = await durably.getRun(id)
      expectEqual([run?.output, run?.progress], ['OPTION_INVALID', null], 'the code, and the progress')
    })
  }

  define(
    'setProgress may be taken from the context and called after the end without harm',
    async ({ boot, time }) => {
      const ended = gate()
      let late: Promise<unknown> = Promise.resolve()
      const job = defineJob({ name: 'job' }, ({ setProgress }) => {
        setProgress({ current: 1 })
        late = ended.opened.then(() => setProgress({ current: 2 })).catch(() => 'refused')
      })
      const { durably, jobs, errors } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.triggerAndWait()
      ended.open()
      await late
      await time.advance(1_000)
      expectEqual(
        [(await durably.getRun(id))?.progress, errors],
        [{ current: 1 }, []],
        'the progress, and reported errors',
      )
    },
  )
}
