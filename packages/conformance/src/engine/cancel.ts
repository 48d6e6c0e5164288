import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate, rejection } from './gate.ts'

/** Ending a run from outside. */
export function cancelCases(define: DefineCase): void {
  define('a pending run is cancelled at once and never executed', async ({ boot, time }) => {
    let executions = 0
    const job = defineJob({ name: 'job' }, () => {
      executions += 1
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    const cancelled = await durably.cancel(id)
    expectEqual(
      [cancelled.id, cancelled.status, cancelled.finishedAt],
      [id, 'cancelled', new Date(time.clock.now()).toISOString()],
      'the run that cancel returns',
    )
    durably.start()
    await time.advance(5_000)
    expectEqual([(await durably.getRun(id))?.status, executions], ['cancelled', 0], 'status and executions')
    expectEqual(events.types(), ['run:trigger', 'run:cancel', 'worker:start'], 'the events')
  })

  define('a delayed run is cancelled before its time', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger(undefined, { delay: 3_000 })
    await durably.cancel(id)
    await time.advance(5_000)
    const run = present(await durably.getRun(id), 'the run')
    expectEqual([run.status, run.dueAt], ['cancelled', null], 'status and due time')
  })

  define(
    'a running run is cancelled: its signal aborts and nothing it does is accepted any more',
    async ({ boot, time, storage }) => {
      const body = gate<string>()
      const ran: string[] = []
      let reason: unknown
      const swallowed: unknown[] = []
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('one', () => ran.push('one'))
        try {
          await step.run('two', ({ signal }) => {
            signal.addEventListener('abort', () => {
              reason = signal.reason
            })
            return body.opened
          })
        } catch (error) {
          swallowed.push((error as { code?: unknown }).code)
        }
        try {
          await step.run('three', () => ran.push('three'))
        } catch (error) {
          swallowed.push((error as { code?: unknown }).code)
        }
        return 'output'
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      const cancelled = await durably.cancel(id)
      expectEqual(cancelled.status, 'cancelled', 'the status that cancel returns')
      expectEqual(
        (reason as { code?: unknown } | undefined)?.code,
        'RUN_CANCELLED',
        'the reason the body was aborted with',
      )
      const stored = await storage.getRun(id)
      body.open('late')
      await time.advance(20_000)
      expectEqual(await storage.getRun(id), stored, 'the run after the handler ended')
      expectEqual(
        [ran, swallowed],
        [['one'], ['RUN_CANCELLED', 'RUN_CANCELLED']],
        'bodies executed, and what the handler was told',
      )
      expectEqual(
        (await durably.getSteps(id)).map((step) => step.name),
        ['one'],
        'the recorded steps',
      )
      const ends = events.types().filter((type) => ['run:cancel', 'run:complete', 'run:fail'].includes(type))
      expectEqual(ends, ['run:cancel'], 'the ends published')
    },
  )

  define(
    'a cancelled run gives its slot to the next run as soon as its handler has ended',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.runId !== first) return 'second'
        await step.run('wait', ({ signal }) =>
          Promise.race([
            stuck.opened,
            new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
          ]),
        )
        return 'first'
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      const { id: first } = await jobs.job.trigger()
      const { id: second } = await jobs.job.trigger()
      durably.start()
      await time.settle()
      expectEqual(
        (await durably.getRun(second))?.status,
        'pending',
        'the second run while the first is executed',
      )
      await durably.cancel(first)
      await time.settle()
      expectEqual(
        (await durably.getRun(second))?.output,
        'second',
        'the second run after the first was cancelled',
      )
    },
  )

  define(
    'the executing worker learns of a cancellation elsewhere at its next heartbeat',
    async ({ boot, time }) => {
      const stuck = gate()
      let abortedAt = Number.NaN
      const job = defineJob({ name: 'job' }, async (step) => {
        step.signal.addEventListener('abort', () => {
          abortedAt = time.clock.monotonic()
        })
        await stuck.opened
      })
      const worker = await boot({ jobs: { job }, heartbeatInterval: 5_000 })
      const elsewhere = await boot({ jobs: { job } })
      worker.durably.start()
      const { id } = await worker.jobs.job.trigger()
      await time.advance(7_000)
      await elsewhere.durably.cancel(id)
      await time.advance(5_000)
      expectEqual(abortedAt, 10_000, 'when the handler was aborted')
      stuck.open()
      await time.settle()
      expectEqual((await elsewhere.durably.getRun(id))?.status, 'cancelled', 'the status')
      expectEqual(
        [worker.events.of('run:complete').length, worker.events.of('run:fail').length],
        [0, 0],
        'ends published',
      )
    },
  )

  define(
    'the executing worker learns of a cancellation elsewhere at its next write',
    async ({ boot, time }) => {
      const body = gate()
      let told: unknown
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('one', () => body.opened)
        told = 'went on'
      })
      const worker = await boot({ jobs: { job } })
      const elsewhere = await boot({ jobs: { job } })
      worker.durably.start()
      const { id } = await worker.jobs.job.trigger()
      await time.settle()
      await elsewhere.durably.cancel(id)
      body.open()
      await time.settle()
      expectEqual(told, undefined, 'whether the handler went on')
      expectEqual(await elsewhere.durably.getSteps(id), [], 'the recorded steps')
    },
  )

  define('cancelling a cancelled run changes nothing and publishes nothing', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    const first = await durably.cancel(id)
    await time.advance(1_000)
    expectEqual(await durably.cancel(id), first, 'the run that the second cancel returns')
    expectEqual(events.of('run:cancel').length, 1, 'the cancellations published')
  })

  define('cancelling a completed or failed run is refused with CONFLICT', async ({ boot }) => {
    const good = defineJob({ name: 'good' }, () => 1)
    const bad = defineJob({ name: 'bad' }, () => {
      throw new Error('bad')
    })
    const { durably, jobs } = await boot({ jobs: { good, bad } })
    const runs = [await jobs.good.trigger(), await jobs.bad.trigger()]
    await durably.processUntilIdle()
    for (const { id } of runs) {
      const before = await durably.getRun(id)
      await expectRejection(durably.cancel(id), 'CONFLICT', `cancel of a ${before?.status} run`)
      expectEqual(await durably.getRun(id), before, 'the run afterwards')
    }
    await expectRejection(durably.cancel('absent'), 'NOT_FOUND', 'cancel of a run that is not there')
  })

  define('cancel and complete never both win, whichever is first', async ({ boot, time }) => {
    for (const settleFirst of [true, false]) {
      const job = defineJob({ name: 'job' }, () => 'output')
      const { durably, jobs, events, storage } = await boot({ jobs: { job } })
      durably.start()
      const releaseSettle = storage.hold('settle')
      const releaseCancel = storage.hold('cancel')
      const { id } = await jobs.job.trigger()
      await time.settle()
      const outcome = durably.cancel(id).then(
        () => 'cancelled',
        (error: unknown) => (error as { code?: unknown }).code,
      )
      await time.settle()
      for (const release of settleFirst ? [releaseSettle, releaseCancel] : [releaseCancel, releaseSettle]) {
        release()
        await time.settle()
      }
      const ends = events.types().filter((type) => ['run:cancel', 'run:complete', 'run:fail'].includes(type))
      const { status } = present(await durably.getRun(id), 'the run')
      expectEqual(
        [status, await outcome, ends],
        settleFirst
          ? ['completed', 'CONFLICT', ['run:complete']]
          : ['cancelled', 'cancelled', ['run:cancel']],
        settleFirst ? 'completed first' : 'cancelled first',
      )
      await durably.stop()
    }
  })

  define('cancel and complete submitted in one turn leave one winner', async ({ boot, time }) => {
    const body = gate()
    const job = defineJob({ name: 'job' }, () => body.opened)
    const { durably, jobs, events } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    body.open()
    const cancelled = await durably.cancel(id).then(
      () => true,
      () => false,
    )
    await time.settle()
    const ends = events.types().filter((type) => ['run:cancel', 'run:complete', 'run:fail'].includes(type))
    const { status } = present(await durably.getRun(id), 'the run')
    expectEqual(
      [status, ends],
      cancelled ? ['cancelled', ['run:cancel']] : ['completed', ['run:complete']],
      'the winner',
    )
  })

  define('who waits for a cancelled run is told so', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, () => stuck.opened)
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const told = rejection(jobs.job.triggerAndWait())
    await time.settle()
    const [run] = await durably.getRuns()
    await durably.cancel(present(run, 'the run').id)
    await time.settle()
    expectEqual(((await told) as { code?: unknown }).code, 'RUN_CANCELLED', 'the code')
  })
}
