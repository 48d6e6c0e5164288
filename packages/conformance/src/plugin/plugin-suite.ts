import { defineJob, type Plugin } from '@durably/core'
import { type DefineCase, engineCases } from '../engine/engine-case.ts'
import { gate } from '../engine/gate.ts'
import { anything } from '../engine/schema.ts'
import type { World } from '../engine/world.ts'
import { expectEqual, expectTrue } from '../expect.ts'
import type { Runner } from '../runner.ts'
import type { CreateStorage } from '../storage/storage-case.ts'

/** The plugin to prove, and on what. */
export interface PluginSuiteOptions {
  readonly runner: Runner
  /** Makes a storage on a new, empty database that nothing else uses. Called once a case. */
  readonly create: CreateStorage
  /** Makes the plugin, as an application would. Called at least once a case. */
  readonly plugin: () => Plugin
}

/** What a plugin may do to runs and to its instance: nothing. */
export function pluginSuite({ runner, create, plugin }: PluginSuiteOptions): void {
  const define = engineCases(runner, create)
  runner.describe(`plugin ${plugin().name}`, () => pluginCases(define, plugin))
}

const VERBS_OF_PLUGINS = ['appendLogs', 'getLogs', 'getRun', 'getSteps'] as const

function pluginCases(define: DefineCase, plugin: () => Plugin): void {
  define('runs go the same way with it as without it', async (world) => {
    const withIt = await liveAWhile(world, [plugin()])
    const without = await liveAWhile(world, [])
    expectEqual(withIt.told, without.told, 'the events of the runs')
    expectEqual(withIt.ends, without.ends, 'how the runs ended')
    expectEqual(withIt.errors, [], 'what onError was told')
  })

  define(
    'it leaves no timer behind when the instance stops, and works again after each start',
    async ({ boot, time }) => {
      const process = await boot({ jobs: { job }, plugins: [plugin()] })
      for (let round = 1; round <= 3; round++) {
        process.durably.start()
        const { id } = await process.jobs.job.trigger(round)
        await time.advance(1_000)
        expectEqual((await process.durably.getRun(id))?.status, 'completed', `the run of round ${round}`)
        const stopping = process.durably.stop()
        await time.advance(60_000)
        await stopping
        expectEqual(process.timers, 0, `the timers left in round ${round}`)
      }
      process.storage.forget()
      await time.advance(60_000)
      expectEqual(
        [process.storage.calls, process.errors],
        [[], []],
        'calls after the end, and what onError was told',
      )
    },
  )

  define('an instance that executes nothing stops cleanly with it', async ({ boot, time }) => {
    const { durably, errors } = await boot({ plugins: [plugin()] })
    durably.start()
    await time.advance(5_000)
    const stopping = durably.stop()
    await time.advance(60_000)
    await stopping
    expectEqual(errors, [], 'what onError was told')
  })

  define('two instances may each have one of it', async ({ boot, time }) => {
    const one = await boot({ jobs: { job }, plugins: [plugin()] })
    const other = await boot({ jobs: { job }, plugins: [plugin()] })
    one.durably.start()
    other.durably.start()
    await one.jobs.job.batchTrigger(Array.from({ length: 20 }, (_, index) => ({ input: index + 1 })))
    await time.advance(10_000)
    expectEqual((await one.durably.getRuns({ status: 'completed' })).length, 20, 'the completed runs')
    expectEqual([...one.errors, ...other.errors], [], 'what onError was told')
  })

  for (const code of ['STORAGE_BUSY', 'STORAGE_FULL', 'STORAGE_READ_ONLY'] as const) {
    define(`runs are unaffected while its calls of the storage fail with ${code}`, async ({ boot, time }) => {
      const { durably, jobs, storage, events } = await boot({
        jobs: { job },
        plugins: [plugin()],
        concurrency: 3,
      })
      const mend = storage.fail({ code, verbs: VERBS_OF_PLUGINS })
      durably.start()
      for (let number = 0; number < 6; number++) await jobs.job.trigger(number)
      await time.advance(30_000)
      mend()
      const statuses = (await durably.getRuns()).map((run) => run.status)
      expectEqual(statuses, [...Array(5).fill('completed'), 'failed'], 'the runs, newest first')
      expectEqual(
        [events.of('run:complete').length, events.of('run:fail').length],
        [5, 1],
        'the ends published',
      )
      expectEqual(events.of('worker:error'), [], 'errors of the worker')
    })
  }

  define('stop ends although its calls of the storage never succeed', async ({ boot, time }) => {
    const { durably, jobs, storage } = await boot({ jobs: { job }, plugins: [plugin()] })
    storage.fail({ code: 'STORAGE_IO', verbs: VERBS_OF_PLUGINS })
    durably.start()
    await jobs.job.trigger(1)
    await time.advance(1_000)
    let stopped = false
    const stopping = durably.stop().then(() => {
      stopped = true
    })
    await time.advance(120_000)
    expectTrue(stopped, 'stopped within two minutes')
    await stopping
  })

  define(
    'stop with a timeout ends by its deadline although its calls are never answered',
    async ({ boot, time }) => {
      const { durably, jobs, storage } = await boot({ jobs: { job }, plugins: [plugin()] })
      for (const verb of VERBS_OF_PLUGINS) storage.hold(verb)
      durably.start()
      await jobs.job.trigger(1)
      await time.advance(1_000)
      let stopped = false
      const stopping = durably.stop({ timeout: 500 }).then(() => {
        stopped = true
      })
      await time.advance(3_000)
      expectTrue(stopped, 'stopped shortly after the deadline')
      await stopping
    },
  )

  define(
    'it does not keep a run that was deleted, retried or cancelled from going its way',
    async ({ boot, time }) => {
      const stuck = gate()
      const slow = defineJob({ name: 'slow' }, async (step) => {
        step.log.info('begun')
        if (step.generation === 1) await stuck.opened
        step.log.info('went on')
      })
      const { durably, jobs, errors } = await boot({
        jobs: { slow, job },
        plugins: [plugin()],
        concurrency: 2,
      })
      durably.start()
      const { id } = await jobs.slow.trigger()
      const failing = await jobs.job.trigger(0)
      await time.settle()
      await durably.cancel(id)
      stuck.open()
      await durably.retry(id)
      await durably.deleteRun(failing.id)
      await time.advance(5_000)
      expectEqual((await durably.getRun(id))?.status, 'completed', 'the run that was cancelled and retried')
      expectEqual(
        [await durably.getRun(failing.id), errors],
        [null, []],
        'the deleted run, and what onError was told',
      )
    },
  )
}

/** A job that uses everything a plugin may see. An input of zero fails. */
const job = defineJob({ name: 'job', input: anything<number>() }, async (step, number) => {
  step.log.info('begun', { number })
  step.setProgress({ current: 0, total: 2 })
  await step.run('one', ({ log }) => {
    log.warn('inside')
    return { number }
  })
  step.setProgress({ current: 1, total: 2 })
  await step.run('two', () => {
    if (number === 0) throw new Error('zero')
  })
  step.log.error('last line')
  return number
})

async function liveAWhile({ boot, time }: World, plugins: readonly Plugin[]) {
  const { durably, jobs, events, errors } = await boot({ jobs: { job }, plugins })
  durably.start()
  const runs = await jobs.job.batchTrigger([{ input: 0 }, { input: 1 }, { input: 2 }])
  await time.advance(2_000)
  const again = await durably.retry(runs[0]?.id ?? '')
  await time.advance(2_000)
  const ends = await Promise.all(
    runs.map(async ({ id }) => [(await durably.getRun(id))?.status, (await durably.getRun(id))?.output]),
  )
  await durably.deleteRun(again.id)
  const stopping = durably.stop()
  await time.advance(60_000)
  await stopping
  const told = events.map((event) => [event.type, 'stepName' in event ? event.stepName : null])
  return { told, ends, errors }
}
