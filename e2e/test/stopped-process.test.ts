import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { dumpRun, readEvidence } from '../src/evidence/evidence.ts'
import { judge, linesOf, violations } from '../src/evidence/verdict.ts'
import type { JournalLine } from '../src/journal.ts'
import { killChildren } from '../src/processes/child.ts'
import { waitUntil } from '../src/processes/wait-until.ts'
import { openClient } from '../src/scenarios/client.ts'
import { startWorker } from '../src/scenarios/start-worker.ts'
import { createSite, removeSite } from '../src/site.ts'

afterEach(killChildren)

const STOPPED_AT = [
  { where: 'in the body of a step', kind: 'begin', step: 'step-1' },
  { where: 'between its last step and its end', kind: 'result', step: 'step-2' },
] as const

describe.each(DRIVERS)('a worker stopped beyond its lease and continued, on %s', (driver) => {
  it.each(STOPPED_AT)(
    'changes nothing of a run that it was executing $where',
    async ({ kind, step }) => {
      const site = createSite(driver)
      const client = openClient(site)
      const { chain } = client.jobs
      await client.migrate()
      const seen = (fits: (line: JournalLine) => boolean) =>
        waitUntil('a line in the journal', () => site.journal.read().some(fits))

      const stale = await startWorker(site, { concurrency: 1 })
      const run = await chain.trigger({ steps: 3, bodyMs: 200, lingerMs: 200 })
      await seen((line) => line.kind === kind && line.step === step)
      stale.signal('SIGSTOP')

      const successor = await startWorker(site)
      await client.waitForRun(run.id, { timeout: 20_000 })
      successor.signal('SIGTERM')
      await successor.ended()
      const before = dumpRun(site.database.path, run.id)

      stale.signal('SIGCONT')
      // It takes its next run only after the late end of the first was refused.
      const next = await chain.triggerAndWait({ steps: 1, bodyMs: 0 }, { timeout: 20_000 })
      expect(dumpRun(site.database.path, run.id)).toBe(before)

      const lines = site.journal.read()
      for (const line of [run, next]) {
        expect(linesOf(lines, 'completed').filter(({ runId }) => runId === line.id)).toHaveLength(1)
      }
      if (kind === 'begin') {
        expect(linesOf(lines, 'refused')).toMatchObject([
          { step, code: 'LEASE_LOST', generation: 1, aborted: true },
        ])
      }
      stale.signal('SIGTERM')
      expect(await stale.ended()).toEqual({ code: 0, signal: null })
      expect(
        violations(judge(readEvidence(site.database.path, site.journal.read()), site.batchSize)),
      ).toEqual([])
      await client.close()
      removeSite(site)
    },
    60_000,
  )
})
