import { defineJob, type Plugin } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { gate } from './gate.ts'
import type { World } from './world.ts'

/** Set-ups and teardowns that take their time, over stops and starts. */
export function pluginSetUpCases(define: DefineCase): void {
  define('a run that is taken over waits for an asynchronous set-up', async ({ boot, time }) => {
    const stuck = gate()
    const job = defineJob({ name: 'job' }, async (step) => {
      if (step.generation === 1) await stuck.opened
    })
    const first = await boot({ jobs: { job } })
    const { id } = await first.jobs.job.trigger()
    first.durably.start()
    await time.settle()
    first.crash()
    await time.advance(40_000)
    const ready = gate()
    const heard: string[] = []
    const plugin: Plugin = {
      name: 'slow',
      async setup(host) {
        await ready.opened
        host.on('run:complete', ({ runId }) => heard.push(runId))
      },
    }
    const second = await boot({ jobs: { job }, plugins: [plugin] })
    second.durably.start()
    await time.settle()
    expectEqual(
      (await second.durably.getRun(id))?.generation,
      1,
      'the generation before the set-up has ended',
    )
    ready.open()
    await time.advance(10_000)
    expectEqual(heard, [id], 'the completions the plugin heard')
  })

  define(
    'a teardown that outlasts the deadline of stop leaves alone what a later start sets up',
    async (world) => {
      const heard: number[] = []
      let setUps = 0
      const plugin: Plugin = {
        name: 'slow',
        setup(host) {
          const number = ++setUps
          host.on('worker:error', () => undefined)
          host.on('run:complete', () => heard.push(number))
          return () => new Promise<void>((resolve) => host.scheduler.after(5_000, resolve))
        },
      }
      await stopLateAndStartAgain(world, plugin)
      expectEqual(heard, [2], 'which set-up heard the completion')
    },
  )

  define(
    'a set-up that outlasts the deadline of stop is undone, and the plugin is up after the next start',
    async (world) => {
      const heard: number[] = []
      let setUps = 0
      const plugin: Plugin = {
        name: 'slow',
        async setup(host) {
          const number = ++setUps
          if (number === 1) await new Promise<void>((resolve) => host.scheduler.after(5_000, resolve))
          host.on('run:complete', () => heard.push(number))
        },
      }
      await stopLateAndStartAgain(world, plugin)
      expectEqual(heard, [2], 'which set-up heard the completion')
    },
  )

  define('a plugin added during a stop is set up by the next start, once', async ({ boot, time }) => {
    const heard: string[] = []
    const slow = (name: string): Plugin => ({
      name,
      async setup(host) {
        await new Promise<void>((resolve) => host.scheduler.after(1_000, resolve))
        host.on('run:complete', () => heard.push(name))
      },
    })
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job }, plugins: [slow('a')] })
    const stopping = durably.stop()
    await time.advance(500)
    durably.use(slow('b'))
    await time.advance(5_000)
    await stopping
    durably.start()
    await time.advance(5_000)
    await jobs.job.trigger()
    await time.settle()
    expectEqual(heard, ['a', 'b'], 'who heard the completion')
  })

  define(
    'teardowns go in reverse order of arrival, whichever plugin was up first',
    async ({ boot, time }) => {
      const order: string[] = []
      const plugin = (name: string, setUpMs: number): Plugin => ({
        name,
        async setup(host) {
          if (setUpMs > 0) await new Promise<void>((resolve) => host.scheduler.after(setUpMs, resolve))
          return () => void order.push(name)
        },
      })
      const { durably } = await boot({ plugins: [plugin('first', 100), plugin('second', 0)] })
      durably.start()
      await time.advance(1_000)
      await durably.stop()
      expectEqual(order, ['second', 'first'], 'the order')
    },
  )
}

/** Stops by a deadline that the plugin outlasts, starts again, and executes a run. */
async function stopLateAndStartAgain({ boot, time }: World, plugin: Plugin): Promise<void> {
  const job = defineJob({ name: 'job' }, () => 1)
  const { durably, jobs } = await boot({ jobs: { job }, plugins: [plugin] })
  durably.start()
  await time.settle()
  const stopping = durably.stop({ timeout: 100 })
  await time.advance(2_000)
  await stopping
  durably.start()
  await time.advance(10_000)
  await jobs.job.trigger()
  await time.settle()
}
