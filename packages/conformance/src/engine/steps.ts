import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'

/** Executing a step, recording what it returns, and replaying it. */
export function stepCases(define: DefineCase): void {
  define('a step executes its body once and answers what it returned', async ({ boot }) => {
    const ran: string[] = []
    const add = defineJob({ name: 'add' }, async (step) => {
      const one = await step.run('one', () => {
        ran.push('one')
        return 1
      })
      const two = await step.run('two', async () => {
        ran.push('two')
        return one + 1
      })
      return { sum: one + two }
    })
    const { durably, jobs } = await boot({ jobs: { add } })
    durably.start()
    const run = await jobs.add.triggerAndWait()
    expectEqual(run.output, { sum: 3 }, 'the output')
    expectEqual(ran, ['one', 'two'], 'the bodies executed')
  })

  define('a body gets a key of its own, the generation, the attempt and a live signal', async ({ boot }) => {
    const seen: unknown[] = []
    const job = defineJob({ name: 'job' }, async (step) => {
      await step.run('call an API', ({ key, generation, attempt, signal }) => {
        seen.push({ key, generation, attempt, aborted: signal.aborted })
      })
      seen.push({
        runId: step.runId,
        jobName: step.jobName,
        generation: step.generation,
        labels: step.labels,
      })
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const { id } = await jobs.job.triggerAndWait(undefined, { labels: { tenant: 'acme' } })
    expectEqual(
      seen,
      [
        { key: `${id}:call an API`, generation: 1, attempt: 1, aborted: false },
        { runId: id, jobName: 'job', generation: 1, labels: { tenant: 'acme' } },
      ],
      'what the body and the handler were given',
    )
  })

  define(
    'after a crash recorded steps are replayed and the first unrecorded one is executed',
    async ({ boot, time }) => {
      const ran: string[] = []
      const results: unknown[] = []
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        for (const name of ['first', 'second', 'third']) {
          results.push(
            await step.run(name, async () => {
              ran.push(`${name} in generation ${step.generation}`)
              if (name === 'third' && step.generation === 1) await stuck.opened
              return { name }
            }),
          )
        }
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(60_000)
      expectEqual(
        ran,
        ['first in generation 1', 'second in generation 1', 'third in generation 1', 'third in generation 2'],
        'the bodies executed',
      )
      expectEqual(results.slice(0, 2), results.slice(2, 4), 'the results of the first pass and of the replay')
      const run = present(await other.durably.getRun(id), 'the run')
      expectEqual([run.status, run.generation], ['completed', 2], 'the status and generation')
      expectEqual(
        other.events.of('step:start').map((event) => event.stepName),
        ['third'],
        'the steps announced again',
      )
    },
  )

  define('the first pass sees the stored form of a result, as every replay does', async ({ boot, time }) => {
    const live = { kept: { deep: [1, 'two', null, true] }, dropped: undefined, zero: -0 }
    const seen: unknown[] = []
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      const result = await step.run('make', () => live)
      seen.push({ result, isLive: Object.is(result, live), isNegative: Object.is(result.zero, -0) })
      if (step.generation === 1) await step.run('wait', () => stuck.opened)
    })
    const one = await boot({ jobs: { job } })
    const other = await boot({ jobs: { job } })
    one.durably.start()
    await one.jobs.job.trigger()
    await time.settle()
    one.crash()
    other.durably.start()
    await time.advance(60_000)
    const stored = { result: { kept: live.kept, zero: 0 }, isLive: false, isNegative: false }
    expectEqual(seen, [stored, stored], 'what both executions saw')
  })

  define(
    'undefined is a result: it is recorded and its body is not executed again',
    async ({ boot, time }) => {
      let executions = 0
      const results: unknown[] = []
      const stuck = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        const result = await step.run('nothing', () => {
          executions += 1
        })
        results.push(result)
        if (step.generation === 1) await step.run('wait', () => stuck.opened)
      })
      const one = await boot({ jobs: { job } })
      const other = await boot({ jobs: { job } })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.settle()
      one.crash()
      other.durably.start()
      await time.advance(60_000)
      expectEqual([executions, results], [1, [undefined, undefined]], 'executions and results')
      const [step] = await other.durably.getSteps(id)
      expectEqual([step?.status, step?.output], ['completed', undefined], 'the recorded step')
    },
  )

  define(
    'a step started after the execution has ended is refused and its body is not executed',
    async ({ boot, time }) => {
      let late: Promise<unknown> = Promise.resolve()
      let executed = false
      const ended = gate()
      const job = defineJob({ name: 'job' }, async (step) => {
        late = ended.opened.then(() =>
          step.run('late', () => {
            executed = true
          }),
        )
        late.catch(() => undefined)
      })
      const { durably, jobs } = await boot({ jobs: { job } })
      durably.start()
      const { id } = await jobs.job.triggerAndWait()
      ended.open()
      await time.settle()
      const refused = await late.then(
        () => false,
        () => true,
      )
      expectTrue(refused && !executed, 'the late step is refused')
      expectEqual(
        [(await durably.getSteps(id)).length, (await durably.getRun(id))?.status],
        [0, 'completed'],
        'the run',
      )
    },
  )

  define('a run that is executed without steps completes with its output alone', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 'plain')
    const { durably, jobs } = await boot({ jobs: { job } })
    durably.start()
    const run = await jobs.job.triggerAndWait()
    expectEqual([run.status, run.output], ['completed', 'plain'], 'status and output')
    expectEqual(await durably.getSteps(run.id), [], 'the steps')
  })

  define('the steps of a run that is not there are none', async ({ boot }) => {
    const { durably } = await boot()
    expectEqual(await durably.getSteps('absent'), [], 'the steps')
    await expectRejection(durably.waitForRun('absent'), 'NOT_FOUND', 'waiting for a run that is not there')
  })
}
