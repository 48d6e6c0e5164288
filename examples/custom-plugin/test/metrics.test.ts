import { pluginSuite } from '@durably/conformance'
import { createDurably, defineJob } from '@durably/core'
import { virtualTime } from '@durably/core/testing'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { collectMetrics, type MetricsOptions, type MetricsSnapshot } from '../src/metrics.ts'

/** An instance under virtual time whose job takes as long as its input says, and fails when told to. */
async function setUp(options?: MetricsOptions) {
  const time = virtualTime()
  const metrics = collectMetrics(options)
  const sleep = (ms: number) => new Promise<void>((resolve) => void time.scheduler.after(ms, resolve))
  const wait = defineJob(
    { name: 'wait', input: z.object({ ms: z.number(), fail: z.boolean().default(false) }) },
    async (step, { ms, fail }) => {
      await step.run('sleep', () => sleep(ms))
      if (fail) throw new Error('as told')
    },
  )
  const durably = createDurably({
    storage: time.wrap(betterSqlite3({ path: ':memory:' })),
    clock: time.clock,
    scheduler: time.scheduler,
    random: time.random,
    jobs: { wait },
    plugins: [metrics],
  })
  onTestFinished(() => durably.close({ timeout: 1 }))
  await durably.migrate()
  return { time, metrics, durably }
}

it('counts what happened to the runs of a job', async () => {
  const { time, metrics, durably } = await setUp()
  const [completed, failed, cancelled] = await durably.jobs.wait.batchTrigger([
    { input: { ms: 10 } },
    { input: { ms: 10, fail: true } },
    { input: { ms: 10 } },
  ])
  await durably.cancel(cancelled?.id ?? '')
  durably.start()
  await time.advance(1_000)
  expect((await durably.getRun(completed?.id ?? ''))?.status).toBe('completed')
  await durably.retry(failed?.id ?? '')
  await time.advance(1_000)

  // The retried run fails once more, and its recorded step is not executed again.
  expect(metrics.snapshot()['wait']).toMatchObject({
    triggered: 3,
    completed: 1,
    failed: 2,
    cancelled: 1,
    retried: 1,
    steps: 2,
  })
})

it('tells how long runs take, by percentiles', async () => {
  const { time, metrics, durably } = await setUp()
  durably.start()
  for (let i = 1; i <= 20; i++) await durably.jobs.wait.trigger({ ms: i * 100 })
  await time.advance(60_000)
  expect(metrics.snapshot()['wait']?.durationMs).toEqual({ p50: 1_000, p95: 1_900, max: 2_000 })
})

it('forgets durations that no longer fit its window', async () => {
  const { time, metrics, durably } = await setUp({ window: 2 })
  durably.start()
  for (const ms of [9_000, 10, 20]) await durably.jobs.wait.trigger({ ms })
  await time.advance(60_000)
  expect(metrics.snapshot()['wait']?.durationMs).toEqual({ p50: 10, p95: 20, max: 20 })
})

it('reports at its interval, and a last time when the instance stops', async () => {
  const reports: MetricsSnapshot[] = []
  const { time, durably } = await setUp({
    report: { everyMs: 60_000, to: (metrics) => reports.push(metrics) },
  })
  durably.start()
  await durably.jobs.wait.trigger({ ms: 90_000 })
  await time.advance(120_000)
  expect(reports.map((report) => report['wait']?.completed)).toEqual([0, 1])
  await durably.stop()
  expect(reports).toHaveLength(3)
  await time.advance(120_000)
  expect(reports).toHaveLength(3)
})

pluginSuite({
  runner: { describe, it },
  create: async () => ({ storage: betterSqlite3({ path: ':memory:' }) }),
  plugin: () => collectMetrics({ report: { everyMs: 1_000, to: () => {} } }),
})
