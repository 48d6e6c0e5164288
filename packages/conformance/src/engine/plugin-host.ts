import { defineJob, type NewLogEntry, type Plugin, type PluginHost } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'

/** What plugins are offered. */
export function pluginHostCases(define: DefineCase): void {
  define('a plugin hears every event and reads runs and steps through its host', async ({ boot, time }) => {
    const heard: string[] = []
    const found: unknown[] = []
    const plugin: Plugin = {
      name: 'watcher',
      setup: (host) => {
        host.on('*', (event) => heard.push(event.type))
        host.on('run:complete', async ({ runId }) => {
          found.push(
            (await host.getRun(runId))?.status,
            (await host.getSteps(runId)).map((step) => step.name),
          )
        })
      },
    }
    const job = defineJob({ name: 'job' }, async (step) => step.run('one', () => 1))
    const { durably, jobs, events } = await boot({ jobs: { job }, plugins: [plugin] })
    durably.start()
    await jobs.job.trigger()
    await time.settle()
    expectEqual(heard, events.types(), 'what it heard')
    expectEqual(found, ['completed', ['one']], 'what it read')
  })

  define(
    'lines a plugin appends are read back through host and instance, those of a stale execution are dropped',
    async ({ boot, time }) => {
      let host: PluginHost | undefined
      const plugin: Plugin = {
        name: 'keeper',
        setup: (given) => {
          host = given
        },
      }
      const job = defineJob({ name: 'job' }, () => 1)
      const { durably, jobs } = await boot({ jobs: { job }, plugins: [plugin] })
      const { id: runId } = await jobs.job.trigger()
      await durably.processUntilIdle()
      const line = {
        runId,
        generation: 1,
        stepName: 'one',
        level: 'info' as const,
        dataJson: '{"n":1}',
        createdAt: time.clock.now(),
      }
      await host?.appendLogs([
        { ...line, message: 'kept' },
        { ...line, generation: 7, message: 'of another execution' },
      ])
      expectEqual(
        (await host?.getLogs(runId, { limit: 10, cursor: null }))?.map((each) => each.message),
        ['kept'],
        'through the host',
      )
      const [stored] = await durably.getLogs(runId)
      expectEqual(
        [stored?.message, stored?.stepName, stored?.level, stored?.data, stored?.timestamp],
        ['kept', 'one', 'info', { n: 1 }, new Date(time.clock.now()).toISOString()],
        'through the instance',
      )
    },
  )

  define('the timers of a plugin run on the time of the instance', async ({ boot, time }) => {
    const beats: number[] = []
    const plugin: Plugin = {
      name: 'beat',
      setup: ({ scheduler, clock }) => {
        const began = clock.monotonic()
        const cancel = scheduler.after(1_000, () => beats.push(clock.monotonic() - began))
        return cancel
      },
    }
    await boot({ plugins: [plugin] })
    await time.advance(999)
    expectEqual(beats, [], 'before')
    await time.advance(1)
    expectEqual(beats, [1_000], 'at its time')
  })

  define(
    'what a plugin holds back is written before logs are read, and a failure of it is reported',
    async ({ boot, time }) => {
      const held: NewLogEntry[] = []
      let fails = false
      const plugin: Plugin = {
        name: 'holder',
        setup: (host) => {
          host.on('log:write', ({ runId, generation, stepName, level, message }) =>
            held.push({
              runId,
              generation,
              stepName,
              level,
              message,
              dataJson: null,
              createdAt: time.clock.now(),
            }),
          )
          host.beforeLogsAreRead(async () => {
            if (fails) throw new Error('cannot write')
            await host.appendLogs(held.splice(0))
          })
        },
      }
      const job = defineJob({ name: 'job' }, (step) => step.log.info('held back'))
      const { durably, jobs, errors } = await boot({ jobs: { job }, plugins: [plugin] })
      const { id } = await jobs.job.trigger()
      await durably.processUntilIdle()
      expectEqual(
        (await durably.getLogs(id)).map((line) => line.message),
        ['held back'],
        'the lines',
      )
      fails = true
      expectEqual((await durably.getLogs(id)).length, 1, 'the lines while the plugin fails')
      expectEqual(
        errors.map((error) => (error as Error).message),
        ['cannot write'],
        'what onError was told',
      )
    },
  )

  define('a write that throws at once does not fail the reading of logs', async ({ boot }) => {
    const plugin: Plugin = {
      name: 'holder',
      setup: (host) =>
        void host.beforeLogsAreRead(() => {
          throw new Error('cannot write')
        }),
    }
    const { durably, errors } = await boot({ plugins: [plugin] })
    expectEqual(await durably.getLogs('any'), [], 'the lines')
    expectEqual(errors.map(String), ['Error: cannot write'], 'what onError was told')
  })
}
