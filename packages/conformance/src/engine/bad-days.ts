import { type DurablyErrorCode, defineJob } from '@durably/core'
import { expectEqual, expectRejection, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate, rejection } from './gate.ts'
import type { Verb } from './process-storage.ts'
import { anything } from './schema.ts'

const TRANSIENT: readonly DurablyErrorCode[] = ['STORAGE_BUSY', 'STORAGE_FULL', 'STORAGE_IO']

/** Databases that fail for a while. */
export function badDayCases(define: DefineCase): void {
  for (const code of TRANSIENT) {
    define(
      `a worker that meets ${code} everywhere for 20 s publishes it, waits longer and longer, and recovers by itself`,
      async ({ boot, time }) => {
        const ran: string[] = []
        const job = defineJob({ name: 'job', input: anything<number>() }, async (step, number) => {
          for (const name of ['a', 'b', 'c']) {
            await step.run(name, async () => {
              ran.push(`${number}${name}`)
              await new Promise<void>((resolve) => time.scheduler.after(300, resolve))
            })
          }
          return number
        })
        const { durably, jobs, storage, events } = await boot({ jobs: { job }, concurrency: 2 })
        await jobs.job.batchTrigger([{ input: 1 }, { input: 2 }, { input: 3 }])
        durably.start()
        await time.advance(500)
        const mend = storage.fail({ code })
        storage.forget()
        await time.advance(20_000)
        expectTrue(storage.calls.length < 150, `it does not spin: ${storage.calls.length} calls in 20 s`)
        const published = events.of('worker:error').map((event) => (event.error as { code?: unknown }).code)
        expectTrue(
          published.length > 0 && published.every((each) => each === code),
          `worker:error carries ${code}`,
        )
        mend()
        await time.advance(60_000)
        const runs = await durably.getRuns()
        expectEqual(
          runs.map((run) => [run.status, run.output]),
          [3, 2, 1].map((n) => ['completed', n]),
          'the runs',
        )
        expectEqual(events.of('run:fail'), [], 'failures published')
        expectEqual(
          ran.toSorted(),
          [1, 2, 3].flatMap((number) => ['a', 'b', 'c'].map((name) => `${number}${name}`)),
          'the bodies executed, each once',
        )
      },
    )
  }

  for (const verb of [
    'recordStep',
    'settle',
    'claim',
    'renew',
    'recover',
    'wake',
    'nextDue',
    'recordProgress',
  ] as const) {
    define(`one ${verb} that fails costs nobody a run`, async ({ boot, time }) => {
      const executions = new Map<string, number>()
      const job = defineJob({ name: 'job', input: anything<string>() }, async (step, name) => {
        step.setProgress({ current: 1 })
        await step.run('work', async () => {
          executions.set(name, (executions.get(name) ?? 0) + 1)
          await new Promise<void>((resolve) => time.scheduler.after(7_000, resolve))
        })
      })
      const { durably, jobs, storage } = await boot({ jobs: { job }, concurrency: 2 })
      await jobs.job.trigger('at once')
      await jobs.job.trigger('delayed', { delay: 2_000 })
      storage.fail({ code: 'STORAGE_IO', verbs: [verb], times: 1 })
      durably.start()
      await time.advance(60_000)
      expectEqual(
        (await durably.getRuns()).map((run) => run.status),
        ['completed', 'completed'],
        'the runs',
      )
      expectEqual([...executions.values()], [1, 1], 'the executions of both bodies')
    })
  }

  for (const verb of ['enqueue', 'claim', 'recordStep', 'settle', 'renew', 'recover', 'wake'] as const) {
    define(
      `a lost answer of ${verb}, which was carried out, is repaired by repeating it`,
      async ({ boot, time }) => {
        let executions = 0
        const job = defineJob({ name: 'job' }, async (step) =>
          step.run('work', async () => {
            executions += 1
            await new Promise<void>((resolve) => time.scheduler.after(7_000, resolve))
            return 'worked'
          }),
        )
        const { durably, jobs, storage, events } = await boot({ jobs: { job } })
        storage.fail({ code: 'STORAGE_IO', verbs: [verb], times: 1, afterwards: true })
        durably.start()
        const options = { idempotencyKey: 'once', delay: 500 }
        const { id } = await jobs.job
          .trigger(undefined, options)
          .catch(() => jobs.job.trigger(undefined, options))
        await time.advance(100_000)
        const run = present(await durably.getRun(id), 'the run')
        expectEqual(
          [run.status, run.output, run.generation, executions],
          ['completed', 'worked', 1, 1],
          'the run, and executions',
        )
        expectEqual(events.of('run:complete').length, 1, 'the completions published')
      },
    )
  }

  define('a settle that cannot be written is repeated until it can', async ({ boot, time }) => {
    let executions = 0
    const job = defineJob({ name: 'job' }, () => {
      executions += 1
      return 'output'
    })
    const { durably, jobs, storage, events } = await boot({ jobs: { job } })
    const mend = storage.fail({ code: 'STORAGE_FULL', verbs: ['settle'] })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.advance(15_000)
    expectEqual(
      [(await durably.getRun(id))?.status, events.of('run:complete').length],
      ['running', 0],
      'while it cannot be written',
    )
    mend()
    await time.advance(15_000)
    const run = present(await durably.getRun(id), 'the run')
    expectEqual(
      [run.status, run.output, run.generation, executions],
      ['completed', 'output', 1, 1],
      'afterwards',
    )
    expectEqual(events.of('run:complete').length, 1, 'the completions published')
  })

  define(
    'a storage that is gone for longer than the lease delays a run and fails none',
    async ({ boot, time }) => {
      const ran: string[] = []
      const body = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        await step.run('one', () => ran.push('one'))
        await step.run('two', async () => {
          ran.push(`two in generation ${step.generation}`)
          if (step.generation === 1) await body.opened
        })
        return 'through'
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      const mend = [one, other].map(({ storage }) => storage.fail({ code: 'STORAGE_IO' }))
      body.open()
      other.durably.start()
      await time.advance(120_000)
      for (const lift of mend) lift()
      await time.advance(60_000)
      const run = present(await one.durably.getRun(id), 'the run')
      expectEqual([run.status, run.output, run.error], ['completed', 'through', null], 'the run')
      expectEqual(ran[0], 'one', 'the first body')
      expectEqual(ran.filter((name) => name === 'one').length, 1, 'executions of the recorded step')
      expectEqual([...one.events.of('run:fail'), ...other.events.of('run:fail')], [], 'failures published')
      const ends = [one, other].flatMap((process) => process.events.of('run:complete'))
      expectEqual(ends.length, 1, 'completions published')
    },
  )

  define(
    'a storage that turned read-only stops nothing for good: the run goes on once it is writable',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => step.run('one', () => 'written'))
      const { durably, jobs, storage } = await boot({ jobs: { job } })
      const writes: readonly Verb[] = ['claim', 'recover', 'recordStep', 'settle', 'renew', 'wake', 'enqueue']
      durably.start()
      const { id } = await jobs.job.trigger(undefined, { delay: 1_000 })
      const mend = storage.fail({ code: 'STORAGE_READ_ONLY', verbs: writes })
      await time.advance(30_000)
      await expectRejection(jobs.job.trigger(), 'STORAGE_READ_ONLY', 'a trigger')
      expectEqual((await durably.getRun(id))?.status, 'pending', 'while it is read-only')
      mend()
      durably.start()
      await time.advance(60_000)
      expectEqual((await durably.getRun(id))?.output, 'written', 'afterwards')
    },
  )

  define('a call that fails says which error it was and whether repeating may help', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs, storage } = await boot({ jobs: { job } })
    for (const code of TRANSIENT) {
      const mend = storage.fail({ code })
      const error = (await rejection(jobs.job.trigger())) as { code?: unknown; retryable?: unknown }
      expectEqual([error.code, error.retryable], [code, true], 'code and retryable')
      await expectRejection(durably.getRuns(), code, 'getRuns')
      mend()
    }
    expectEqual((await durably.getRuns()).length, 0, 'the runs stored')
  })

  define('an unrelated error of a storage never reaches the run either', async ({ boot, time }) => {
    const job = defineJob({ name: 'job' }, async (step) => step.run('one', () => 'fine'))
    const one = await boot({ jobs: { job } })
    const { id } = await one.jobs.job.trigger()
    one.storage.fail({ code: 'NOT_A_DATABASE', verbs: ['recordStep'], times: 1 })
    one.durably.start()
    await time.advance(90_000)
    const run = present(await one.durably.getRun(id), 'the run')
    expectEqual([run.error, one.events.of('run:fail')], [null, []], 'error and failures published')
    expectEqual(run.output, 'fine', 'the output, after the run was taken over')
  })
}
