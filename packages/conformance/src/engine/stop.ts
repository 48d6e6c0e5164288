import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything } from './schema.ts'

/** Ending a worker, and starting it again. */
export function stopCases(define: DefineCase): void {
  define(
    'stop lets the current run finish, claims no other one, and resolves then',
    async ({ boot, time }) => {
      const slow = gate()
      const job = defineJob({ name: 'job', input: anything<string>() }, async (step) => {
        await step.run('one', () => slow.opened)
        await step.run('two', () => 2)
        return 'finished'
      })
      const process = await boot({ jobs: { job } })
      const { durably, jobs, events } = process
      durably.start()
      const first = await jobs.job.trigger('first')
      const second = await jobs.job.trigger('second')
      await time.settle()
      let stopped = false
      const stopping = durably.stop().then(() => {
        stopped = true
      })
      await time.advance(20_000)
      expectEqual(stopped, false, 'stopped while a run is being executed')
      slow.open()
      await time.settle()
      await stopping
      expectEqual((await durably.getRun(first.id))?.output, 'finished', 'the output of the current run')
      expectEqual((await durably.getRun(second.id))?.status, 'pending', 'the status of the waiting run')
      expectEqual(
        [events.types().at(-1), process.timers],
        ['worker:stop', 0],
        'the last event and the timers left',
      )
      await time.advance(60_000)
      expectEqual((await durably.getRun(second.id))?.status, 'pending', 'the waiting run a minute later')
    },
  )

  define(
    'stop with a timeout hands back what is left, and another worker goes on at once',
    async ({ boot, time }) => {
      const ran: string[] = []
      const stuck = gate()
      let reason: unknown
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('one', () => ran.push('one'))
        await step.run('two', async ({ signal }) => {
          ran.push(`two in generation ${step.generation}`)
          if (step.generation > 1) return
          signal.addEventListener('abort', () => {
            reason = signal.reason
          })
          await stuck.opened
        })
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      other.durably.start()
      await time.settle()
      const began = time.clock.monotonic()
      let stoppedAt = Number.NaN
      const stopping = one.durably.stop({ timeout: 2_000 }).then(() => {
        stoppedAt = time.clock.monotonic()
      })
      await time.advance(1_999)
      expectEqual((await other.durably.getRun(id))?.generation, 1, 'the generation before the deadline')
      await time.advance(1_001)
      await stopping
      expectEqual(stoppedAt - began, 2_000, 'the time it took to stop')
      expectEqual((reason as { code?: unknown }).code, 'STOPPED', 'the reason the body was aborted with')
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.generation],
        ['completed', 2],
        'status and generation within a poll of the other worker',
      )
      expectEqual(ran, ['one', 'two in generation 1', 'two in generation 2'], 'the bodies executed')
      expectEqual(other.events.of('run:recover'), [], 'a run handed back is not a run taken over')
      expectEqual(one.timers, 0, 'the timers left in the stopped process')
      stuck.open()
      await time.settle()
      expectEqual(await other.durably.getRun(id), run, 'the run after the aborted body ended late')
      expectEqual(
        one.events.of('run:fail').length + one.events.of('run:complete').length,
        0,
        'ends published by the stopped process',
      )
    },
  )

  define(
    'a handler that obeys the abort ends the stop and its run is handed back, not failed',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('wait', ({ signal }) => {
          if (step.generation > 1) return 'second time'
          return new Promise<string>((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error)),
          )
        })
      })
      const { durably, jobs, events } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      const stopping = durably.stop({ timeout: 100 })
      await time.advance(100)
      await stopping
      const run = present(await durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.error, events.of('run:fail')],
        ['pending', null, []],
        'status, error and failures published',
      )
      expectEqual(await durably.getSteps(id), [], 'nothing was recorded')
      durably.start()
      await time.settle()
      expectEqual((await durably.getRun(id))?.status, 'completed', 'after the next start')
    },
  )

  define('start after stop works, again and again', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, events } = await boot({ jobs: { job } })
    for (let round = 1; round <= 3; round++) {
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      expectEqual((await durably.getRun(id))?.status, 'completed', `the run of round ${round}`)
      await durably.stop()
    }
    const ofWorker = events.types().filter((type) => type.startsWith('worker:'))
    const round = ['worker:start', 'worker:stop']
    expectEqual(ofWorker, [...round, ...round, ...round], 'the events of the worker')
  })

  define(
    'stop is idempotent, also without a start, and several callers wait for one end',
    async ({ boot, time }) => {
      const slow = gate()
      const job = defineJob({ name: 'job' }, () => slow.opened)
      const { durably, jobs, events } = await boot({ jobs: { job } })
      await durably.stop()
      durably.start()
      await jobs.job.trigger()
      await time.settle()
      const stops = Promise.all([durably.stop(), durably.stop(), durably.stop()])
      slow.open()
      await time.settle()
      await stops
      await durably.stop()
      expectEqual(events.of('worker:stop').length, 1, 'worker:stop events')
    },
  )

  define('a second stop with a timeout cuts the first one short', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, () => stuck.opened)
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    const patient = durably.stop()
    await time.advance(1_000)
    const impatient = durably.stop({ timeout: 500 })
    await time.advance(500)
    await Promise.all([patient, impatient])
    expectEqual((await durably.getRun(id))?.status, 'pending', 'the run was handed back')
  })

  define('stop right after start ends cleanly', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const process = await boot({ jobs: { job } })
    process.durably.start()
    const stopping = process.durably.stop()
    await time.advance(1_000)
    await stopping
    expectEqual(process.timers, 0, 'the timers left')
  })

  define('stop during a claim loses no run', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 'done')
    const one = await boot({ jobs: { job } })
    const { id } = await one.jobs.job.trigger()
    const release = one.storage.hold('claim')
    one.durably.start()
    await time.settle()
    const stopping = one.durably.stop({ timeout: 1_000 })
    release()
    await time.advance(1_000)
    await stopping
    const { status } = present(await one.durably.getRun(id), 'the run')
    expectTrue(status === 'pending' || status === 'completed', `handed back or finished, got ${status}`)
  })

  define('stop ends by its deadline although the storage answers nothing', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, () => stuck.opened)
    const process = await boot({ jobs: { job } })
    process.durably.start()
    await process.jobs.job.trigger()
    await time.settle()
    for (const verb of ['claim', 'renew', 'recover', 'settle'] as const) process.storage.hold(verb)
    let stopped = false
    const stopping = process.durably.stop({ timeout: 1_000 }).then(() => {
      stopped = true
    })
    await time.advance(2_000)
    expectEqual(stopped, true, 'stopped a second after the deadline')
    await stopping
  })

  define('triggers and questions still work after stop', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    await durably.stop()
    const { id } = await jobs.job.trigger()
    await time.advance(10_000)
    expectEqual((await durably.getRun(id))?.status, 'pending', 'the status')
  })

  define('close stops, and everything afterwards is refused with STOPPED', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const process = await boot({ jobs: { job } })
    process.durably.start()
    await process.jobs.job.triggerAndWait()
    const closing = process.durably.close()
    await time.advance(1_000)
    await closing
    expectEqual(
      [process.events.types().at(-1), process.timers],
      ['worker:stop', 0],
      'the last event and the timers left',
    )
    await process.durably.close()
  })
}
