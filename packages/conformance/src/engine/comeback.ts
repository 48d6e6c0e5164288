import { defineJob } from '@durably/core'
import { expectEqual, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Workers that come back after their run was taken over. */
export function comebackCases(define: DefineCase): void {
  define(
    'a worker that comes back changes nothing: no step, progress, heartbeat, output or event',
    async ({ boot, time, storage }) => {
      const body = gate<string>()
      const ran: string[] = []
      let reason: unknown
      let swallowed = 0
      const job = defineJob({ name: 'job' }, async (step) => {
        const { generation } = step
        await step.run('before', () => ran.push(`before in ${generation}`))
        if (generation === 2) return step.run('work', () => 'result of the second')
        step.signal.addEventListener('abort', () => {
          reason = step.signal.reason
        })
        try {
          await step.run('work', () => body.opened)
        } catch {
          swallowed += 1
        }
        step.setProgress({ current: 1 })
        try {
          await step.run('after', () => ran.push(`after in ${generation}`))
        } catch {
          swallowed += 1
        }
        return 'output of the first'
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      const release = one.storage.hold('renew')
      other.durably.start()
      await time.advance(60_000)
      const taken = present(await storage.getRun(id), 'the run after it was taken over')
      expectEqual([taken.status, taken.generation], ['completed', 2], 'status and generation')
      release()
      await time.advance(6_000)
      expectEqual(
        (reason as { code?: unknown } | undefined)?.code,
        'LEASE_LOST',
        'the reason the first handler was aborted with',
      )
      body.open('result of the first')
      await time.advance(6_000)
      expectEqual(swallowed, 2, 'how often the first handler was told')
      expectEqual(ran, ['before in 1'], 'the bodies executed beside "work"')
      expectEqual(await storage.getRun(id), taken, 'the run after the first worker came back')
      expectEqual(
        (await other.durably.getSteps(id)).map((step) => [step.name, step.output, step.generation]),
        [
          ['before', 1, 1],
          ['work', 'result of the second', 2],
        ],
        'the recorded steps',
      )
      const ends = (process: typeof one) =>
        process.events.types().filter((type) => ['run:complete', 'run:fail', 'run:progress'].includes(type))
      expectEqual(
        [ends(one), ends(other)],
        [[], ['run:complete']],
        'the ends published by the first and by the second',
      )
    },
  )

  define(
    'a worker that comes back while its successor is still at work records nothing either',
    async ({ boot, time, storage }) => {
      const bodies = { 1: gate<string>(), 2: gate<string>() }
      const job = defineJob({ name: 'job' }, async (step) => {
        const result = await step.run('work', () => (step.generation === 1 ? bodies[1] : bodies[2]).opened)
        step.setProgress({ current: step.generation })
        return result
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      const release = one.storage.hold('renew')
      other.durably.start()
      await time.advance(40_000)
      const taken = await storage.getRun(id)
      expectEqual([taken?.status, taken?.generation], ['running', 2], 'status and generation')
      bodies[1].open('of the first')
      await time.settle()
      expectEqual(
        [await storage.getRun(id), await storage.getSteps(id)],
        [taken, []],
        'the run and its steps',
      )
      release()
      await time.settle()
      expectEqual(await storage.getRun(id), taken, 'the run after the first has renewed as well')
      bodies[2].open('of the second')
      await time.settle()
      expectEqual(
        (await storage.getSteps(id)).map((step) => step.generation),
        [2],
        'who recorded the step',
      )
      expectEqual((await other.durably.getRun(id))?.output, 'of the second', 'the output')
      expectEqual(one.events.of('step:complete'), [], 'steps published by the first')
    },
  )

  define(
    'a write refused as stale aborts the old attempt even before its next heartbeat',
    async ({ boot, time }) => {
      const body = gate<string>()
      let aborted = false
      let went = ''
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 2) return 'second'
        try {
          await step.run('work', () => body.opened)
          went = 'on'
        } finally {
          aborted = step.signal.aborted
        }
        return 'first'
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      one.storage.hold('renew')
      other.durably.start()
      await time.advance(60_000)
      body.open('late')
      await time.settle()
      expectEqual([aborted, went], [true, ''], 'aborted, and whether the handler went on')
      expectEqual((await other.durably.getRun(id))?.output, 'second', 'the output')
      expectEqual(one.errors, [], 'a lost lease is reported to nobody')
    },
  )
}
