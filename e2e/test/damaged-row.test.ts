import { afterEach, describe, expect, it } from 'vitest'
import { DRIVERS } from '../src/database.ts'
import { readPlain } from '../src/evidence/evidence.ts'
import { killChildren } from '../src/processes/child.ts'
import { waitUntil } from '../src/processes/wait-until.ts'
import { openClient } from '../src/scenarios/client.ts'
import { startWorker } from '../src/scenarios/start-worker.ts'
import { createSite, removeSite } from '../src/site.ts'

afterEach(killChildren)

const GARBAGE = '{"half of a'

describe.each(DRIVERS)('a row damaged from outside, on %s', (driver) => {
  it('is listed with the names of its bad columns, fails alone, and takes nothing else along', async () => {
    const site = createSite(driver)
    const client = openClient(site)
    await client.migrate()
    const { chain } = client.jobs
    const work = { steps: 2, bodyMs: 300 }
    const [badInput, badStep, badRow, healthy] = await chain.batchTrigger(
      [1, 2, 3, 4].map(() => ({ input: work })),
    )
    if (!badInput || !badStep || !badRow || !healthy) throw new Error('four runs were triggered')

    // The first record of one run is damaged while the worker that made it is gone.
    const first = await startWorker(site)
    await waitUntil('a recorded step', () =>
      site.journal.read().some((line) => line.kind === 'result' && line.runId === badStep.id),
    )
    await first.kill()
    readPlain(site.database.path, (database) => {
      const set = (column: string, id: string) =>
        database.prepare(`UPDATE durably_runs SET ${column} = ? WHERE id = ?`).run(GARBAGE, id)
      set('input', badInput.id)
      for (const column of ['labels', 'progress', 'error', 'output']) set(column, badRow.id)
      database.prepare('UPDATE durably_steps SET output = ? WHERE run_id = ?').run(GARBAGE, badStep.id)
    })

    const damaged = (runs: readonly { id: string; damaged: readonly string[] }[]) =>
      Object.fromEntries(runs.map((run) => [run.id, [...run.damaged].sort()]))
    expect(damaged(await client.getRuns())).toEqual({
      [badInput.id]: ['input'],
      [badStep.id]: [],
      [badRow.id]: ['error', 'labels', 'output', 'progress'],
      [healthy.id]: [],
    })
    expect(await client.getSteps(badStep.id)).toMatchObject([{ name: 'step-0', damaged: ['output'] }])

    const worker = await startWorker(site)
    const ends = await Promise.all(
      [badInput, badStep, badRow, healthy].map(async ({ id }) => {
        await client.waitForRun(id, { timeout: 20_000 }).catch(() => {})
        const run = await client.getRun(id)
        return [run?.status, run?.error?.code]
      }),
    )
    expect(ends).toEqual([
      ['failed', 'CORRUPT_ROW'],
      ['failed', 'CORRUPT_ROW'],
      ['completed', undefined],
      ['completed', undefined],
    ])
    worker.signal('SIGTERM')
    expect(await worker.ended()).toEqual({ code: 0, signal: null })
    await client.close()
    removeSite(site)
  }, 60_000)
})
