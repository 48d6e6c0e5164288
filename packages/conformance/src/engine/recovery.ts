import { defineJob } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import { anything } from './schema.ts'

/** Leases: renewing them, losing them, taking over what was left behind. */
export function recoveryCases(define: DefineCase): void {
  define(
    'while runs are executed one write per heartbeat renews the leases of all of them',
    async ({ boot, time, storage }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, () => stuck.opened)
      const process = await boot({
        jobs: { job },
        concurrency: 3,
        heartbeatInterval: 5_000,
        staleThreshold: 30_000,
      })
      const runs = await process.jobs.job.batchTrigger([{}, {}, {}])
      process.durably.start()
      await time.settle()
      const claimedAt = time.clock.now()
      process.storage.forget()
      await time.advance(21_000)
      expectEqual(process.storage.calls.filter((verb) => verb === 'renew').length, 4, 'renewals in 21 s')
      for (const { id } of runs) {
        const { heartbeatAt, leaseEndsAt } = present(await storage.getRun(id), 'the run')
        expectEqual(
          [heartbeatAt, leaseEndsAt],
          [claimedAt + 20_000, claimedAt + 50_000],
          'the last heartbeat and the end of the lease',
        )
      }
    },
  )

  define('nothing is renewed while nothing is executed', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const process = await boot({ jobs: { job } })
    process.durably.start()
    await process.jobs.job.trigger()
    await time.advance(60_000)
    expectEqual(process.storage.calls.filter((verb) => verb === 'renew').length, 0, 'renewals')
  })

  define(
    'a run that is executed longer than its lease is never taken over while it is renewed',
    async ({ boot, time }) => {
      const long = gate()
      let executions = 0
      const job = defineJob({ name: 'job' }, async () => {
        executions += 1
        await long.opened
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      other.durably.start()
      await time.advance(300_000)
      long.open()
      await time.settle()
      const run = present(await one.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.generation, executions],
        ['completed', 1, 1],
        'status, generation and executions',
      )
    },
  )

  define(
    'a run whose worker disappeared is taken over once its lease has ended, not before',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 1) await stuck.opened
        return step.generation
      })
      const one = await boot({ jobs: { job }, staleThreshold: 20_000, heartbeatInterval: 4_000 })
      // The owner's threshold counts, not that of whoever takes over.
      const other = await boot({ jobs: { job }, staleThreshold: 2_000, heartbeatInterval: 1_000 })
      one.durably.start()
      const { id } = await one.jobs.job.trigger(undefined, { labels: { tenant: 'acme' } })
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(20_000)
      expectEqual((await other.durably.getRun(id))?.generation, 1, 'the generation while the lease is held')
      await time.advance(1_500)
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.generation, run.output],
        ['completed', 2, 2],
        'status, generation and output',
      )
      const ofRun = other.events.filter((event) => 'runId' in event)
      expectEqual(
        ofRun.map((event) => event.type),
        ['run:recover', 'run:start', 'run:complete'],
        'the events of the run',
      )
      const [recover] = other.events.of('run:recover')
      expectEqual(
        [recover?.runId, recover?.jobName, recover?.labels, recover?.generation, recover?.recoveries],
        [id, 'job', { tenant: 'acme' }, 2, 1],
        'what run:recover says',
      )
    },
  )

  define(
    'a worker that starts after the lease has ended takes the run over at once',
    async ({ boot, time }) => {
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        if (step.generation === 1) await stuck.opened
      })
      const one = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      one.crash()
      await time.advance(60_000)
      const other = await boot({ jobs: { job } })
      other.durably.start()
      await time.settle()
      expectEqual(
        (await other.durably.getRun(id))?.status,
        'completed',
        'the status without any time passing',
      )
    },
  )

  define(
    'several runs left behind are taken over with the concurrency of the new worker',
    async ({ boot, time }) => {
      const stuck = gate()
      const executions = new Map<number, number>()
      let inFlight = 0
      let most = 0
      const job = defineJob({ name: 'job', input: anything<number>() }, async (step, number) => {
        if (step.generation === 1) await stuck.opened
        inFlight += 1
        most = Math.max(most, inFlight)
        executions.set(number, (executions.get(number) ?? 0) + 1)
        await step.run('pause', () => new Promise<void>((resolve) => time.scheduler.after(100, resolve)))
        inFlight -= 1
      })
      const one = await boot({ jobs: { job }, concurrency: 6 })
      const other = await boot({ jobs: { job }, concurrency: 2 })
      one.durably.start()
      await one.jobs.job.batchTrigger(Array.from({ length: 6 }, (_, input) => ({ input })))
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(120_000)
      expectEqual(
        [executions.size, Math.max(...executions.values()), most],
        [6, 1, 2],
        'runs, executions each, at a time',
      )
      expectEqual((await other.durably.getRuns({ status: 'completed' })).length, 6, 'the completed runs')
    },
  )

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

  define(
    'a run that takes its process down again and again is failed as poison after maxRecoveries',
    async ({ boot, time }) => {
      let executions = 0
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async () => {
        executions += 1
        await stuck.opened
      })
      const first = await boot({ jobs: { job }, maxRecoveries: 3 })
      const { id } = await first.jobs.job.trigger()
      first.durably.start()
      await time.settle()
      first.crash()
      for (let crash = 1; crash <= 3; crash++) {
        const next = await boot({ jobs: { job }, maxRecoveries: 3 })
        next.durably.start()
        await time.advance(60_000)
        expectEqual(
          next.events.of('run:recover').map((event) => event.recoveries),
          [crash],
          `take-over ${crash}`,
        )
        next.crash()
      }
      const last = await boot({ jobs: { job }, maxRecoveries: 3 })
      last.durably.start()
      await time.advance(60_000)
      const run = present(await last.durably.getRun(id), 'the run')
      expectEqual(
        [run.status, run.error?.code, executions],
        ['failed', 'POISON_RUN', 4],
        'status, code and executions',
      )
      expectEqual(
        last.events.of('run:fail').map((event) => event.error.code),
        ['POISON_RUN'],
        'the failure published',
      )
      expectTrue((run.error?.message ?? '').length > 20, 'the message says what happened')
    },
  )

  define('a run that records a step between crashes is never poison', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      for (let count = 1; count <= 6; count++)
        await step.run(`step ${count}`, () => (count > step.generation ? stuck.opened : count))
      return 'through'
    })
    const { id } = await (await boot({ jobs: { job } })).jobs.job.trigger()
    for (let crash = 1; crash <= 6; crash++) {
      const process = await boot({ jobs: { job }, maxRecoveries: 2 })
      process.durably.start()
      await time.advance(60_000)
      if (crash < 6) process.crash()
      else expectEqual((await process.durably.getRun(id))?.output, 'through', 'the output after five crashes')
    }
  })

  define('hand-backs at shutdown do not count towards poison', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      if (step.generation <= 5) await stuck.opened
    })
    const { durably, jobs } = await boot({ jobs: { job }, maxRecoveries: 1 })
    const { id } = await jobs.job.trigger()
    for (let round = 0; round < 6; round++) {
      durably.start()
      await time.settle()
      const stopping = durably.stop({ timeout: 10 })
      await time.advance(10)
      await stopping
    }
    const run = present(await durably.getRun(id), 'the run')
    expectEqual([run.status, run.generation], ['completed', 6], 'status and generation')
  })

  define('a poisoned run can be retried and keeps its steps', async ({ boot, time }) => {
    const stuck = gate()
    let mended = false
    let prepared = 0
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('prepare', () => {
        prepared += 1
      })
      if (!mended) await stuck.opened
      return 'mended'
    })
    const { id } = await (await boot({ jobs: { job } })).jobs.job.trigger()
    for (let crash = 0; crash < 3; crash++) {
      const process = await boot({ jobs: { job }, maxRecoveries: 1 })
      process.durably.start()
      await time.advance(60_000)
      process.crash()
    }
    const last = await boot({ jobs: { job }, maxRecoveries: 1 })
    last.durably.start()
    await time.advance(60_000)
    expectEqual((await last.durably.getRun(id))?.error?.code, 'POISON_RUN', 'the error before the retry')
    mended = true
    await last.durably.retry(id)
    await time.settle()
    expectEqual(
      [(await last.durably.getRun(id))?.output, prepared],
      ['mended', 1],
      'output, and executions of the first step',
    )
  })
}
