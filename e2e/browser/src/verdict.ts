import { rmSync } from 'node:fs'
import { type Evidence, readEvidence } from '../../src/evidence/evidence.ts'
import { judge, type Verdict } from '../../src/evidence/verdict.ts'
import type { JournalLine } from '../../src/journal.ts'
import type { Noted, Site } from './site.ts'
import type { BrowserTab } from './tab.ts'

/** No batch is judged here. */
const BATCH_SIZE = 0

/** Compares what pages have told with the database, exported by a tab and read in this process. Every run must have ended. */
export async function verdictOn(site: Site, tab: BrowserTab): Promise<Verdict> {
  for (const ending of ['', '-wal', '-shm']) rmSync(`${site.database}${ending}`, { force: true })
  await tab.call('handIn')
  const evidence = readEvidence(site.database, linesOf(site.journal))
  const verdict = judge(evidence, BATCH_SIZE)
  return { ...verdict, doubled: [...verdict.doubled, ...placedTwice(evidence)] }
}

/** Orders that became more than one run. */
function placedTwice({ runs }: Evidence): readonly string[] {
  const counts = new Map<string, number>()
  for (const { labels } of runs) {
    const order: string | undefined = JSON.parse(labels ?? '{}').order
    if (order !== undefined) counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count > 1).map(([order, count]) => `${order}: ${count} runs`)
}

function linesOf(journal: readonly Noted[]): readonly JournalLine[] {
  return journal.flatMap((entry) =>
    entry.kind === 'role' || entry.kind === 'ended' || entry.kind === 'frozen' || entry.kind === 'tick'
      ? []
      : [entry],
  )
}
