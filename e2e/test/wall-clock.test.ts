import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { readEvidence } from '../src/evidence/evidence.ts'
import { judge, violations } from '../src/evidence/verdict.ts'
import { killChildren } from '../src/processes/child.ts'
import { waitUntil } from '../src/processes/wait-until.ts'
import { openClient } from '../src/scenarios/client.ts'
import { startWorker } from '../src/scenarios/start-worker.ts'
import { createSite, removeSite } from '../src/site.ts'

afterEach(killChildren)

const DAY_MS = 86_400_000

describe.each(DRIVERS)('a wall clock that jumps while workers execute, on %s', (driver) => {
  it.each([
    { name: 'forwards', before: 0, after: DAY_MS },
    { name: 'backwards', before: DAY_MS, after: 0 },
  ])(
    'by a day $name loses no run, not even those of a worker killed before, and executes no recorded step again',
    async ({ before, after }) => {
      const site = createSite(driver)
      const client = openClient(site)
      await client.migrate()
      site.clock.jump(before)
      const runs = await client.jobs.chain.batchTrigger(
        Array.from({ length: 16 }, () => ({ input: { steps: 3, bodyMs: 100 } })),
      )
      const [doomed, ...healthy] = await Promise.all([
        startWorker(site),
        startWorker(site),
        startWorker(site),
      ])
      await waitUntil('a recorded step', () => site.journal.read().some(({ kind }) => kind === 'result'))
      await doomed.kill()
      site.clock.jump(after)

      await Promise.all(runs.map(({ id }) => client.waitForRun(id, { timeout: 20_000 })))
      for (const worker of healthy) worker.signal('SIGTERM')
      for (const worker of healthy) expect(await worker.ended()).toEqual({ code: 0, signal: null })
      const evidence = readEvidence(site.database.path, site.journal.read())
      expect(violations(judge(evidence, site.batchSize))).toEqual([])
      await client.close()
      removeSite(site)
    },
    60_000,
  )
})
