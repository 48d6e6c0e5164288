import { type CreateStorage, type Runner, type World, withWorld } from '@durably/conformance'
import { defineJob, isDurablyError } from '@durably/core'
import { expect } from 'vitest'
import { logPersistence } from '../src/index.ts'

/** On what the plugin is to prove itself. */
export interface LogPersistenceSuiteOptions {
  readonly runner: Runner
  readonly create: CreateStorage
}

/** What the plugin promises about log lines, on any storage. */
export function logPersistenceSuite({ runner, create }: LogPersistenceSuiteOptions): void {
  const define = (name: string, body: (world: World) => Promise<void>) =>
    runner.it(name, () => withWorld(create, body))

  runner.describe('log persistence', () => {
    define(
      'lines of handlers and bodies are stored in order with level, step, data and time',
      async ({ boot, time }) => {
        const job = defineJob({ name: 'job' }, async (step) => {
          step.log.info('first', { n: 1 })
          await step.run('fetch', async ({ log }) => {
            log.warn('second')
            await new Promise<void>((resolve) => time.scheduler.after(30, resolve))
            log.error('third', ['x'])
          })
          step.log.info('last')
        })
        const { durably, jobs } = await boot({ jobs: { job }, plugins: [logPersistence()] })
        const began = time.clock.now()
        durably.start()
        const { id: runId } = await jobs.job.trigger()
        await time.advance(1_000)
        const lines = await durably.getLogs(runId)
        expect(lines.map(({ id: _, ...line }) => line)).toEqual([
          { runId, level: 'info', message: 'first', stepName: null, data: { n: 1 }, timestamp: iso(began) },
          {
            runId,
            level: 'warn',
            message: 'second',
            stepName: 'fetch',
            data: undefined,
            timestamp: iso(began),
          },
          {
            runId,
            level: 'error',
            message: 'third',
            stepName: 'fetch',
            data: ['x'],
            timestamp: iso(began + 30),
          },
          {
            runId,
            level: 'info',
            message: 'last',
            stepName: null,
            data: undefined,
            timestamp: iso(began + 30),
          },
        ])
        expect(new Set(lines.map((line) => line.id)).size).toBe(4)
      },
    )

    define(
      'the last lines before the end of a run are stored, also of one that fails',
      async ({ boot, time }) => {
        const job = defineJob({ name: 'job' }, (step) => {
          step.log.error('about to fail')
          throw new Error('fails')
        })
        const { durably, jobs } = await boot({
          jobs: { job },
          plugins: [logPersistence({ flushIntervalMs: 60_000 })],
        })
        durably.start()
        const { id } = await jobs.job.trigger()
        await time.settle()
        expect((await durably.getLogs(id)).map((line) => line.message)).toEqual(['about to fail'])
      },
    )

    define('others read the lines of a run that goes on after the interval', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        step.log.info('working')
        await new Promise<void>((resolve) => time.scheduler.after(60_000, resolve))
      })
      const { durably, jobs } = await boot({
        jobs: { job },
        plugins: [logPersistence({ flushIntervalMs: 250 })],
      })
      durably.start()
      const { id } = await jobs.job.trigger()
      const { durably: other } = await boot({ jobs: { job } })
      await time.advance(249)
      expect(await other.getLogs(id)).toEqual([])
      await time.advance(1)
      expect((await other.getLogs(id)).map((line) => line.message)).toEqual(['working'])
    })

    define('whoever has seen the end of a run reads all its lines', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, (step) => {
        for (let i = 0; i < 15; i++) step.log.info(`line ${i}`)
      })
      const { durably, jobs } = await boot({
        jobs: { job },
        plugins: [logPersistence({ flushIntervalMs: 60_000, maxBatch: 10 })],
      })
      durably.start()
      const read = jobs.job.triggerAndWait().then(({ id }) => durably.getLogs(id))
      await time.settle()
      expect((await read).map((line) => line.message)).toEqual(
        Array.from({ length: 15 }, (_, i) => `line ${i}`),
      )
    })

    define('lines travel in batches', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, (step) => {
        for (let n = 0; n < 1_000; n++) step.log.info(`line ${n}`)
      })
      const { durably, jobs, storage } = await boot({
        jobs: { job },
        plugins: [logPersistence({ maxBatch: 250 })],
      })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.advance(1_000)
      const lines = await durably.getLogs(id, { limit: 10_000 })
      expect(lines.map((line) => line.message)).toEqual(Array.from({ length: 1_000 }, (_, n) => `line ${n}`))
      expect(storage.calls.filter((verb) => verb === 'appendLogs')).toHaveLength(4)
    })

    define('slowly written lines share a write as well', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        for (let n = 0; n < 100; n++) {
          step.log.info(`line ${n}`)
          await new Promise<void>((resolve) => time.scheduler.after(10, resolve))
        }
      })
      const { durably, jobs, storage } = await boot({ jobs: { job }, plugins: [logPersistence()] })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.advance(2_000)
      expect(await durably.getLogs(id)).toHaveLength(100)
      expect(storage.calls.filter((verb) => verb === 'appendLogs').length).toBeLessThanOrEqual(12)
    })

    define(
      'a clean stop loses no line, although the database fails while it stops',
      async ({ boot, time }) => {
        const job = defineJob({ name: 'job' }, (step) => {
          for (let n = 0; n < 20; n++) step.log.info(`line ${n}`)
        })
        const { durably, jobs, storage, errors } = await boot({
          jobs: { job },
          plugins: [logPersistence({ flushIntervalMs: 60_000 })],
        })
        const mend = storage.fail({ code: 'STORAGE_BUSY', verbs: ['appendLogs'] })
        durably.start()
        const { id } = await jobs.job.trigger()
        await time.settle()
        const stopping = durably.stop()
        await time.advance(3_000)
        mend()
        await time.advance(5_000)
        await stopping
        expect(await durably.getLogs(id)).toHaveLength(20)
        expect(errors.map((error) => isDurablyError(error, 'STORAGE_BUSY'))).toEqual([true])
      },
    )

    define('a stop that hands a run back keeps its lines', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        step.log.info(`generation ${step.generation}`)
        if (step.generation === 1) await new Promise(() => undefined)
      })
      const { durably, jobs } = await boot({ jobs: { job }, plugins: [logPersistence()] })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.settle()
      const stopping = durably.stop({ timeout: 10 })
      await time.advance(2_000)
      await stopping
      durably.start()
      await time.advance(2_000)
      expect((await durably.getLogs(id)).map((line) => line.message)).toEqual([
        'generation 1',
        'generation 2',
      ])
    })

    define(
      'while the database fails lines wait, are written once it answers, and the failure is reported once',
      async ({ boot, time }) => {
        const job = defineJob({ name: 'job' }, (step) => step.log.info('patient'))
        const { durably, jobs, storage, errors } = await boot({ jobs: { job }, plugins: [logPersistence()] })
        const mend = storage.fail({ code: 'STORAGE_FULL', verbs: ['appendLogs'] })
        durably.start()
        const runs = [await jobs.job.trigger(), await jobs.job.trigger()]
        await time.advance(30_000)
        const tries = storage.calls.filter((verb) => verb === 'appendLogs').length
        expect(tries).toBeGreaterThan(3)
        expect(tries).toBeLessThan(20)
        mend()
        await time.advance(10_000)
        for (const { id } of runs) expect(await durably.getLogs(id)).toHaveLength(1)
        expect(errors).toHaveLength(1)
      },
    )

    define(
      'when too many lines wait the newest are dropped, and how many is reported',
      async ({ boot, time }) => {
        const job = defineJob({ name: 'job' }, (step) => {
          for (let n = 0; n < 130; n++) step.log.info(`line ${n}`)
        })
        const { durably, jobs, storage, errors } = await boot({
          jobs: { job },
          plugins: [logPersistence({ maxBuffered: 100, maxBatch: 40 })],
        })
        const mend = storage.fail({ code: 'STORAGE_BUSY', verbs: ['appendLogs'] })
        durably.start()
        const { id } = await jobs.job.trigger()
        await time.advance(2_000)
        mend()
        await time.advance(10_000)
        const lines = await durably.getLogs(id, { limit: 1_000 })
        expect(lines.map((line) => line.message)).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n}`))
        const dropped = errors.find((error) => isDurablyError(error, 'LIMIT_EXCEEDED'))
        expect(isDurablyError(dropped) && dropped.details).toEqual({ dropped: 30 })
      },
    )

    define(
      'a batch the database refuses for good is reported and does not hold up later ones',
      async ({ boot, time }) => {
        const job = defineJob({ name: 'job' }, (step) => step.log.info('hello'))
        const { durably, jobs, storage, errors } = await boot({ jobs: { job }, plugins: [logPersistence()] })
        storage.fail({ code: 'CORRUPT_ROW', verbs: ['appendLogs'], times: 1 })
        durably.start()
        const first = await jobs.job.trigger()
        await time.advance(1_000)
        const second = await jobs.job.trigger()
        await time.advance(1_000)
        expect(await durably.getLogs(first.id)).toEqual([])
        expect(await durably.getLogs(second.id)).toHaveLength(1)
        expect(errors.map((error) => isDurablyError(error) && error.code)).toEqual([
          'CORRUPT_ROW',
          'LIMIT_EXCEEDED',
        ])
      },
    )

    define('lines of an execution that lost its run are dropped', async ({ boot, time }) => {
      let resume: () => void = () => undefined
      const job = defineJob({ name: 'job' }, async (step) => {
        step.log.info(`begun in ${step.generation}`)
        if (step.generation === 1) await new Promise<void>((resolve) => (resume = resolve))
        step.log.info(`ended in ${step.generation}`)
      })
      const plugins = () => [logPersistence()]
      const one = await boot({ jobs: { job }, plugins: plugins() })
      const other = await boot({ jobs: { job }, plugins: plugins() })
      one.durably.start()
      const { id } = await one.jobs.job.trigger()
      await time.advance(1_000)
      const release = one.storage.hold('renew')
      other.durably.start()
      await time.advance(60_000)
      resume()
      await time.advance(1_000)
      release()
      await time.advance(10_000)
      expect((await other.durably.getLogs(id)).map((line) => line.message)).toEqual([
        'begun in 1',
        'begun in 2',
        'ended in 2',
      ])
    })

    define('lines live as long as their run', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, (step) => step.log.info('hello'))
      const { durably, jobs, storage } = await boot({ jobs: { job }, plugins: [logPersistence()] })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.advance(1_000)
      await durably.stop()
      durably.start()
      await time.advance(86_400_000 / 24)
      expect(await durably.getLogs(id)).toHaveLength(1)
      await durably.deleteRun(id)
      expect(await durably.getLogs(id)).toEqual([])
      expect(storage.calls).not.toContain('purge')
    })

    define('lines are read in pages', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, (step) => {
        for (let n = 0; n < 25; n++) step.log.info(`line ${n}`)
      })
      const { durably, jobs } = await boot({ jobs: { job }, plugins: [logPersistence()] })
      durably.start()
      const { id } = await jobs.job.trigger()
      await time.advance(1_000)
      const seen: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page = await durably.getLogs(id, { limit: 10, cursor })
        if (page.length === 0) break
        seen.push(...page.map((line) => line.message))
        cursor = page.at(-1)?.id
      }
      expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `line ${n}`))
    })

    define('a caller that waits in another process reads the stored lines', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        step.log.info('begun')
        await new Promise<void>((resolve) => time.scheduler.after(5_000, resolve))
        step.log.info('ended')
      })
      const worker = await boot({ jobs: { job }, plugins: [logPersistence()] })
      const caller = await boot({ jobs: { job } })
      const { id } = await caller.jobs.job.trigger()
      worker.durably.start()
      const seen: string[] = []
      const waiting = caller.durably.waitForRun(id, { onLog: (line) => seen.push(line.message) })
      await time.advance(3_000)
      expect(seen).toEqual(['begun'])
      await time.advance(10_000)
      await waiting
      expect(seen).toEqual(['begun', 'ended'])
    })

    define('a caller hears each line once when the run moves to another process', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, async (step) => {
        step.log.info(`execution ${step.generation}`)
        await new Promise<void>((resolve) => time.scheduler.after(10_000, resolve))
        step.log.info('done')
      })
      const first = await boot({ jobs: { job }, plugins: [logPersistence()] })
      const second = await boot({ jobs: { job }, plugins: [logPersistence()] })
      const { id } = await first.jobs.job.trigger()
      const seen: string[] = []
      const waiting = first.durably.waitForRun(id, { onLog: (line) => seen.push(line.message) })
      first.durably.start()
      await time.advance(2_000)
      const stopping = first.durably.stop({ timeout: 0 })
      await time.advance(2_000)
      await stopping
      second.durably.start()
      await time.advance(20_000)
      await waiting
      expect(seen).toEqual(['execution 1', 'execution 2', 'done'])
    })

    define('a caller hears each line once when the end cannot be read at first', async ({ boot, time }) => {
      const job = defineJob({ name: 'job' }, (step) => {
        step.log.info('only')
        step.setProgress({ current: 1 })
      })
      const { durably, jobs, storage } = await boot({ jobs: { job }, plugins: [logPersistence()] })
      const { id } = await jobs.job.trigger()
      const seen: unknown[] = []
      const waiting = durably.waitForRun(id, {
        onLog: ({ message }) => seen.push(message),
        onProgress: ({ current }) => seen.push(current),
      })
      await time.settle()
      storage.fail({ code: 'STORAGE_BUSY', verbs: ['getRun'], times: 2 })
      durably.start()
      await time.advance(5_000)
      expect((await waiting).status).toBe('completed')
      expect(seen).toEqual(['only', 1])
    })

    for (const options of [{ flushIntervalMs: 0 }, { maxBatch: 1.5 }, { maxBuffered: Number.NaN }]) {
      runner.it(`the option ${Object.keys(options).join()} is checked`, async () => {
        expect(() => logPersistence(options)).toThrow(Object.keys(options)[0])
      })
    }
  })
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
