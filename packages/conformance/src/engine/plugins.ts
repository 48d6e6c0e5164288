import { defineJob, type Plugin } from '@durably/core'
import { expectEqual, expectRejection, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate, rejection } from './gate.ts'

/** How plugins are set up, told, and torn down. */
export function pluginCases(define: DefineCase): void {
  define(
    'plugins are set up in order and torn down in reverse at the end of stop, again at each start',
    async ({ boot, time }) => {
      const tape: string[] = []
      const plugin = (name: string): Plugin => ({
        name,
        setup: () => {
          tape.push(`set up ${name}`)
          return () => void tape.push(`tear down ${name}`)
        },
      })
      const job = defineJob({ name: 'job' }, () => void tape.push('execute'))
      const { durably, jobs } = await boot({ jobs: { job }, plugins: [plugin('one')] })
      durably.use(plugin('two'))
      durably.start()
      await jobs.job.trigger()
      await time.settle()
      await durably.stop()
      const round = ['set up one', 'set up two', 'execute', 'tear down two', 'tear down one']
      expectEqual(tape, round, 'the first round')
      durably.start()
      await jobs.job.trigger()
      await time.settle()
      await durably.stop()
      expectEqual(tape, [...round, ...round], 'both rounds')
    },
  )

  define('claims and triggers wait for an asynchronous set-up', async ({ boot, time }) => {
    const ready = gate()
    const job = defineJob({ name: 'job' }, () => 1)
    const plugin: Plugin = { name: 'slow', setup: () => ready.opened }
    const elsewhere = await boot({ jobs: { job } })
    const { id: waiting } = await elsewhere.jobs.job.trigger()
    const { durably, jobs, events } = await boot({ jobs: { job }, plugins: [plugin] })
    durably.start()
    let triggered = false
    const trigger = jobs.job.trigger().then(() => {
      triggered = true
    })
    await time.advance(5_000)
    expectEqual(
      [triggered, (await durably.getRun(waiting))?.status],
      [false, 'pending'],
      'before the set-up has ended',
    )
    ready.open()
    await time.advance(1_000)
    await trigger
    expectEqual((await durably.getRuns({ status: 'completed' })).length, 2, 'the completed runs')
    expectEqual(events.of('run:complete').length, 2, 'the completions published')
  })

  for (const [what, fail] of [
    ['rejects', () => Promise.reject(new Error('no connection'))],
    [
      'throws',
      () => {
        throw new Error('no connection')
      },
    ],
  ] as const) {
    define(
      `a set-up that ${what} refuses triggers and claims and reaches onError`,
      async ({ boot, time }) => {
        const job = defineJob({ name: 'job' }, () => 1)
        const elsewhere = await boot({ jobs: { job } })
        const { id } = await elsewhere.jobs.job.trigger()
        const { durably, jobs, errors } = await boot({
          jobs: { job },
          plugins: [{ name: 'broken', setup: fail }],
        })
        await expectRejection(jobs.job.trigger(), 'PLUGIN_FAILED', 'a trigger')
        await expectRejection(durably.processOne(), 'PLUGIN_FAILED', 'a pass')
        durably.start()
        await time.advance(5_000)
        expectEqual((await durably.getRun(id))?.status, 'pending', 'the run of another instance')
        expectTrue(
          errors.some((error) => (error as Error).message.includes('no connection')),
          'onError was told the reason',
        )
        expectEqual((await durably.getRuns()).length, 1, 'the runs stored')
      },
    )
  }

  define(
    'a set-up that met a busy database refuses with PLUGIN_FAILED, which repeating does not mend',
    async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, () => 1)
      const plugin: Plugin = { name: 'reader', setup: async (host) => void (await host.getRun('any')) }
      const { durably, jobs, storage } = await boot({ jobs: { job } })
      storage.fail({ code: 'STORAGE_BUSY', verbs: ['getRun'], times: 1 })
      durably.use(plugin)
      await time.settle()
      const refused = (await rejection(jobs.job.trigger())) as Readonly<Record<string, unknown>>
      const cause = refused['cause'] as { code?: unknown } | undefined
      expectEqual(
        [refused['code'], refused['retryable'], cause?.code],
        ['PLUGIN_FAILED', false, 'STORAGE_BUSY'],
        'code, retryable, and the code of the cause',
      )
    },
  )

  define('a name taken twice is refused with NAME_TAKEN', async ({ boot, storage }) => {
    const plugin: Plugin = { name: 'same', setup: () => undefined }
    const { durably } = await boot({ plugins: [plugin] })
    let code: unknown
    try {
      durably.use({ ...plugin })
    } catch (error) {
      code = (error as { code?: unknown }).code
    }
    expectEqual(code, 'NAME_TAKEN', 'the code')
    await expectRejection(
      boot({ plugins: [plugin, { ...plugin }] }).then(() => storage.migrate()),
      'NAME_TAKEN',
      'createDurably',
    )
  })

  define(
    'a subscription of a plugin ends with the instance, without the plugin doing anything',
    async ({ boot, time }) => {
      let heard = 0
      const plugin: Plugin = {
        name: 'forgetful',
        setup: (host) => void host.on('run:complete', () => heard++),
      }
      const job = defineJob({ name: 'job' }, () => 1)
      const { durably, jobs } = await boot({ jobs: { job }, plugins: [plugin] })
      for (let round = 1; round <= 3; round++) {
        durably.start()
        await jobs.job.trigger()
        await time.settle()
        await durably.stop()
        expectEqual(heard, round, `what it heard by round ${round}`)
      }
    },
  )

  define(
    'what a plugin breaks, it breaks for itself: listeners, teardown and reports are isolated',
    async ({ boot, time }) => {
      const tape: string[] = []
      const broken: Plugin = {
        name: 'broken',
        setup: (host) => {
          host.on('*', () => {
            throw new Error('listener')
          })
          host.on('run:start', () => Promise.reject(new Error('asynchronous listener')))
          host.reportError(new Error('reported'))
          return () => Promise.reject(new Error('teardown'))
        },
      }
      const sound: Plugin = {
        name: 'sound',
        setup: (host) => {
          host.on('run:complete', () => tape.push('heard'))
          return () => void tape.push('torn down')
        },
      }
      const job = defineJob({ name: 'job' }, () => 'fine')
      const { durably, jobs, errors } = await boot({ jobs: { job }, plugins: [sound, broken] })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      await durably.stop()
      expectEqual((await durably.getRun(id))?.output, 'fine', 'the output')
      expectEqual(tape, ['heard', 'torn down'], 'what the sound plugin did')
      const messages = new Set(errors.map((error) => (error as Error).message))
      for (const message of ['listener', 'asynchronous listener', 'reported', 'teardown']) {
        expectTrue(messages.has(message), `onError was told about "${message}"`)
      }
    },
  )

  define('runs are unaffected when the storage calls of a plugin fail', async ({ boot, time }) => {
    const plugin: Plugin = {
      name: 'log keeper',
      setup: (host) =>
        void host.on('log:write', ({ runId, generation, stepName, level, message, timestamp }) =>
          host.appendLogs([
            { runId, generation, stepName, level, message, dataJson: null, createdAt: Date.parse(timestamp) },
          ]),
        ),
    }
    const job = defineJob({ name: 'job' }, async (step) => {
      step.log.info('lost')
      return step.run('one', () => 'fine')
    })
    const { durably, jobs, storage, errors } = await boot({ jobs: { job }, plugins: [plugin] })
    const mend = storage.fail({ code: 'STORAGE_FULL', verbs: ['appendLogs'] })
    durably.start()
    const { id } = await jobs.job.trigger()
    await time.settle()
    mend()
    expectEqual((await durably.getRun(id))?.output, 'fine', 'the output')
    expectEqual(
      errors.map((error) => (error as { code?: unknown }).code),
      ['STORAGE_FULL'],
      'what onError was told',
    )
  })
}
