import type { Noted } from './site.ts'
import type { BrowserTab } from './tab.ts'

/** What is left after everything that happened. */
export interface Verdict {
  readonly runs: number
  readonly acknowledged: number
  readonly bodies: number
  /** Acknowledged runs that are not completed, or not there. */
  readonly lost: number
  /** Orders that are there more than once. */
  readonly doubled: number
  /** Bodies that were executed after their step was recorded. */
  readonly executedAgain: number
  readonly integrity: string | undefined
}

/** Compares what the pages told with what the database holds. Every run must have ended. */
export async function verdict(tab: BrowserTab, journal: readonly Noted[]): Promise<Verdict> {
  const runs = await tab.call('runs')
  const completed = new Set(runs.filter(({ status }) => status === 'completed').map(({ id }) => id))
  const acknowledged = journal.filter((entry) => entry.kind === 'acknowledged')
  const bodies = journal.filter((entry) => entry.kind === 'body')
  const orders = runs.map(({ order }) => order).filter((order) => order !== '')
  let executedAgain = 0
  for (const runId of new Set(bodies.map((body) => body.runId))) {
    const recorded = new Map<string, number>()
    for (const step of await tab.call('steps', runId)) {
      if (step.status === 'completed') recorded.set(step.name, step.generation)
    }
    for (const body of bodies) {
      if (body.runId !== runId) continue
      if (body.generation > (recorded.get(body.step) ?? Number.POSITIVE_INFINITY)) executedAgain++
    }
  }
  return {
    runs: runs.length,
    acknowledged: acknowledged.length,
    bodies: bodies.length,
    lost: acknowledged.filter(({ runId }) => !completed.has(runId)).length,
    doubled: orders.length - new Set(orders).size,
    executedAgain,
    integrity: await tab.call('check'),
  }
}

/** Nothing lost, nothing doubled, nothing executed again, the file whole. */
export const FLAWLESS = { lost: 0, doubled: 0, executedAgain: 0, integrity: 'ok' } as const
