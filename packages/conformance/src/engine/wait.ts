import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate, rejection } from './gate.ts'
import { anything } from './schema.ts'

/** Waiting for the end of a run. */
export function waitCases(define: DefineCase): void {
  define('triggerAndWait resolves with the completed run and its output', async ({ boot }) => {
    const double = defineJob({ name: 'double', input: anything<number>() }, (_, number) => number * 2)
    const { durably, jobs } = await boot({ jobs: { double } })
    durably.start()
    const run = await jobs.double.triggerAndWait(21, { labels: { tenant: 'acme' } })
    expectEqual(
      [run.status, run.output, run.labels],
      ['completed', 42, { tenant: 'acme' }],
      'status, output and labels',
    )
    expectEqual(await durably.getRun(run.id), run, 'the run as getRun answers it')
  })

  define(
    'triggerAndWait rejects with RUN_FAILED, and the error of the run is the cause',
    async ({ boot }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('charge', () => {
          throw Object.assign(new RangeError('declined'), { code: 'E_CARD' })
        })
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      durably.start()
      const error = (await rejection(jobs.job.triggerAndWait())) as Error & {
        code?: unknown
        cause?: unknown
      }
      const cause = error.cause as Record<string, unknown>
      expectEqual(
        [error.code, cause['name'], cause['message'], cause['code'], cause['stepName']],
        ['RUN_FAILED', 'RangeError', 'declined', 'E_CARD', 'charge'],
        'the code, and the cause',
      )
      expectTrue(
        error.message.includes('declined') && error.message.includes('"job"'),
        `the message: ${error.message}`,
      )
    },
  )

  define('a timeout rejects with TIMEOUT at its time and does not cancel the run', async ({ boot, time }) => {
    const slow = gate()
    const job = defineJob({ name: 'job' }, async () => {
      await slow.opened
      return 'in the end'
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    let rejectedAt = Number.NaN
    const waiting = rejection(jobs.job.triggerAndWait(undefined, { timeout: '5s' })).then((error) => {
      rejectedAt = time.clock.monotonic()
      return error
    })
    await time.advance(8_000)
    expectEqual(
      [((await waiting) as { code?: unknown }).code, rejectedAt],
      ['TIMEOUT', 5_000],
      'the code, and when',
    )
    slow.open()
    await time.settle()
    const [run] = await durably.getRuns()
    expectEqual(run?.output, 'in the end', 'the output of the run')
  })

  define('a timeout that is nonsense rejects, and throws nothing at the caller', async ({ boot }) => {
    const { durably } = await boot()
    await expectRejection(durably.waitForRun('any', { timeout: -1 }), 'OPTION_INVALID', 'a wait')
  })

  define('waiting leaves no listener and no timer behind, however it ends', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job', input: anything<string>() }, async (_, how) => {
      if (how === 'fail') throw new Error('fails')
      if (how === 'hang') await stuck.opened
    })
    const process = await boot({ jobs: { job }, concurrency: 5 })
    const { durably, jobs } = process
    durably.start()
    await jobs.job.triggerAndWait('complete')
    await rejection(jobs.job.triggerAndWait('fail'))
    const timedOut = rejection(jobs.job.triggerAndWait('hang', { timeout: 10 }))
    await time.advance(10)
    await timedOut
    await rejection(durably.waitForRun('absent'))
    const stopping = durably.stop({ timeout: 0 })
    await time.advance(1)
    await stopping
    process.storage.forget()
    expectEqual(process.timers, 0, 'the timers left')
    await time.advance(60_000)
    expectEqual(process.storage.calls, [], 'calls of the storage afterwards')
  })

  define(
    'waitForRun follows a run another process executes: progress and end, by polling',
    async ({ boot, time }) => {
      const go = gate()
      const end = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        await go.opened
        step.setProgress({ current: 3, message: 'half way' })
        await end.opened
        return 'elsewhere'
      })
      const worker = await boot({ jobs: { job } })
      const caller = await boot({ jobs: { job }, pollingInterval: 700 })
      worker.durably.start()
      const { id } = await caller.jobs.job.trigger()
      const progress: unknown[] = []
      const waiting = caller.durably.waitForRun(id, { onProgress: (value) => progress.push(value) })
      await time.advance(5_000)
      go.open()
      await time.advance(1_000)
      expectEqual(progress, [{ current: 3, message: 'half way' }], 'the progress seen')
      end.open()
      let ended = false
      void waiting.then(() => {
        ended = true
      })
      await time.advance(700)
      expectEqual(ended, true, 'the end is seen within one poll')
      expectEqual((await waiting).output, 'elsewhere', 'the output')
      expectEqual(progress.length, 1, 'how often the progress was told')
    },
  )

  define('waitForRun of a run that has ended answers at once', async ({ boot }) => {
    const good = defineJob({ name: 'good' }, () => 7)
    const bad = defineJob({ name: 'bad' }, () => {
      throw new Error('bad')
    })
    const { durably, jobs } = await boot({ jobs: { good, bad } })
    const [one, two, three] = [await jobs.good.trigger(), await jobs.bad.trigger(), await jobs.good.trigger()]
    await durably.cancel(three.id)
    await durably.processUntilIdle()
    expectEqual((await durably.waitForRun(one.id)).output, 7, 'the output')
    await expectRejection(durably.waitForRun(two.id), 'RUN_FAILED', 'a failed run')
    await expectRejection(durably.waitForRun(three.id), 'RUN_CANCELLED', 'a cancelled run')
    await expectRejection(durably.waitForRun('absent'), 'NOT_FOUND', 'no run')
  })

  define('waiting survives a storage that fails for a while', async ({ boot, time }) => {
    const slow = gate()
    const job = defineJob({ name: 'job' }, () => slow.opened)
    const worker = await boot({ jobs: { job } })
    const caller = await boot({ jobs: { job } })
    worker.durably.start()
    const { id } = await caller.jobs.job.trigger()
    const mend = caller.storage.fail({ code: 'STORAGE_BUSY', verbs: ['getRun'] })
    const waiting = caller.durably.waitForRun(id)
    await time.advance(5_000)
    slow.open()
    await time.advance(5_000)
    mend()
    await time.advance(2_000)
    expectEqual((await waiting).status, 'completed', 'the status')
  })

  define(
    'a read that fails once when the run has completed does not fail the wait',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, () => 'done')
      const { durably, jobs, storage } = await boot({ jobs: { job } })
      const { id } = await jobs.job.trigger()
      const waiting = durably.waitForRun(id).catch(String)
      await time.settle()
      storage.fail({ code: 'STORAGE_BUSY', verbs: ['getRun'], times: 1 })
      durably.start()
      await time.advance(5_000)
      expectEqual(await waiting, await durably.getRun(id), 'what the wait answers')
    },
  )

  define('many callers may wait for one run', async ({ boot, time }) => {
    const slow = gate<number>()
    const job = defineJob({ name: 'job' }, () => slow.opened)
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    const waiting = Promise.all(Array.from({ length: 20 }, () => durably.waitForRun(id)))
    await time.advance(2_000)
    slow.open(5)
    await time.settle()
    expectEqual(
      (await waiting).map((run) => run.output),
      Array.from({ length: 20 }, () => 5),
      'the outputs',
    )
  })

  define('waiting for a run that is deleted rejects with NOT_FOUND', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const one = await boot({ jobs: { job } })
    const other = await boot({ jobs: { job } })
    const { id } = await one.jobs.job.trigger()
    const waiting = rejection(other.durably.waitForRun(id))
    await time.advance(500)
    await one.durably.cancel(id)
    await one.durably.deleteRun(id)
    await time.advance(2_000)
    expectEqual(((await waiting) as { code?: unknown }).code, 'NOT_FOUND', 'the code')
    expectEqual(present(await one.durably.getRuns(), 'the runs'), [], 'the runs left')
  })

  define("a handle waits for its own job's runs, and knows no other job's", async ({ boot, time }) => {
    const one = defineJob({ name: 'one' }, () => 1)
    const two = defineJob({ name: 'two' }, () => 2)
    const { durably, jobs } = await boot({ jobs: { one, two } })
    const { id } = await jobs.one.trigger()
    const waiting = jobs.one.waitForRun(id)
    const refused = rejection(jobs.two.waitForRun(id))
    durably.start()
    await time.settle()
    expectEqual((await waiting).output, 1, 'the output')
    expectEqual(((await refused) as { code?: unknown }).code, 'NOT_FOUND', "asked of another job's handle")
  })
}
