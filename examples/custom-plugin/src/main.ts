import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDurably, defineJob } from '@durably/core'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import { z } from 'zod'
import { collectMetrics } from './metrics.ts'

const brew = defineJob(
  { name: 'brew', input: z.object({ cup: z.int(), minutes: z.number().max(10) }) },
  async (step, { minutes }) => {
    await step.run('grind', () => sleep(20))
    await step.run('pour', ({ signal }) => sleep(minutes * 10, undefined, { signal }))
    if (minutes > 9) throw new Error('bitter')
  },
)

const folder = mkdtempSync(join(tmpdir(), 'durably-custom-plugin-'))
const metrics = collectMetrics({
  report: { everyMs: 250, to: ({ brew }) => console.log(`  ${brew?.completed ?? 0} cups served`) },
})
const durably = createDurably({
  storage: betterSqlite3({ path: join(folder, 'app.db') }),
  jobs: { brew },
  plugins: [metrics],
  concurrency: 3,
})
try {
  await durably.migrate()
  const cups = Array.from({ length: 25 }, (_, cup) => ({ input: { cup, minutes: 1 + ((cup * 7) % 10) } }))
  await durably.jobs.brew.batchTrigger(cups)
  await durably.processUntilIdle()
} finally {
  await durably.close()
  rmSync(folder, { recursive: true })
}
for (const [job, { durationMs, ...counts }] of Object.entries(metrics.snapshot())) {
  console.table({ [job]: { ...counts, ...durationMs } })
}
