import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDurably, defineJob } from '@durably/core'
import { nodeSqlite } from './node-sqlite-driver.ts'

const greet = defineJob({ name: 'greet' }, async (step) => {
  const version = await step.run('ask-version', () => process.versions.sqlite ?? 'unknown')
  const text = await step.run('compose', () => `Hello from node:sqlite, SQLite ${version}`)
  return { text }
})

const folder = mkdtempSync(join(tmpdir(), 'durably-custom-driver-'))
const durably = createDurably({ storage: nodeSqlite({ path: join(folder, 'app.db') }), jobs: { greet } })
try {
  await durably.migrate()
  durably.start()
  const run = await durably.jobs.greet.triggerAndWait()
  console.log(run.output.text)
  for (const step of await durably.getSteps(run.id)) console.log(`  recorded: ${step.name}`)
} finally {
  await durably.close()
  rmSync(folder, { recursive: true })
}
