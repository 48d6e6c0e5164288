import { readPlain } from '../evidence/evidence.ts'
import { waitUntil } from '../processes/wait-until.ts'
import type { Site } from '../site.ts'
import { startWorker } from './start-worker.ts'

const LONGEST_DRAIN_MS = 60_000

/** Lets two healthy workers bring every run to its end, then stops them; they must end by themselves. */
export async function drain(site: Site): Promise<void> {
  const workers = await Promise.all([startWorker(site), startWorker(site)])
  await waitUntil('the end of all runs', () => unfinished(site) === 0, LONGEST_DRAIN_MS)
  for (const worker of workers) worker.signal('SIGTERM')
  const exits = await Promise.all(workers.map((worker) => worker.ended()))
  for (const { code, signal } of exits) {
    if (code !== 0) throw new Error(`A worker that was stopped ended with code ${code}, signal ${signal}.`)
  }
}

function unfinished(site: Site): number {
  return readPlain(
    site.database.path,
    (database) =>
      database.prepare('SELECT count(*) FROM durably_runs WHERE finished_at IS NULL').pluck().get() as number,
  )
}
