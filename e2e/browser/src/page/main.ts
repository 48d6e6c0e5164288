import { createDurably, isDurablyError } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { type Work, workJob } from './jobs.ts'
import { tell } from './journal-entry.ts'

const parameters = new URLSearchParams(location.search)
const tab = parameters.get('tab') ?? 'unnamed'
const staleThreshold = Number(parameters.get('staleThreshold') ?? 30_000)
const storage = sqlocal({ databasePath: 'e2e.db' })
const durably = createDurably({
  storage,
  jobs: { work: workJob(tab) },
  concurrency: Number(parameters.get('concurrency') ?? 4),
  staleThreshold,
  heartbeatInterval: Math.min(5000, staleThreshold / 4),
})

let events = 0
durably.on('*', (event) => {
  if ('runId' in event) events++
})
storage.onRoleChange((role) => role === 'leading' && tell({ kind: 'leads', tab }))
document.addEventListener('freeze', () => tell({ kind: 'frozen', tab }))

/** What the tests call. */
const e2e = {
  /** Resolves when the tables are there and the engine has started; else with the code of the error. */
  started: (async () => {
    try {
      await durably.migrate()
      durably.start()
      return 'started'
    } catch (error) {
      return isDurablyError(error) ? `${error.code}: ${error.message}` : String(error)
    }
  })(),
  role: () => storage.role,
  events: () => events,
  /** One by one, so that each is acknowledged on its own. */
  async trigger(count: number, work: Work, order: string) {
    for (let index = 0; index < count; index++) {
      const run = await durably.jobs.work.trigger(work, { labels: { order: `${order}-${index}` } })
      tell({ kind: 'acknowledged', tab, runId: run.id, order: `${order}-${index}` })
    }
  },
  /** Keeps triggering; a call that is refused retryably is made again under the same key. */
  triggerForEver(work: Work, order: string) {
    void (async () => {
      for (let index = 0; ; index++) {
        const name = `${order}-${index}`
        const run = await persistently(() =>
          durably.jobs.work.trigger(work, { idempotencyKey: name, labels: { order: name } }),
        )
        tell({ kind: 'acknowledged', tab, runId: run.id, order: name })
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })()
  },
  async triggerAll(count: number, work: Work) {
    await durably.jobs.work.batchTrigger(Array.from({ length: count }, () => ({ input: work })))
  },
  async untilIdle(timeoutMs: number) {
    const giveUpAt = performance.now() + timeoutMs
    while ((await open()) > 0) {
      if (performance.now() > giveUpAt) throw new Error(`${await open()} runs are still open.`)
      await new Promise((resolve) => storage.scheduler?.after(100, () => resolve(null)))
    }
  },
  async runs() {
    const listed = []
    for (let cursor: string | undefined; ; ) {
      const page = await durably.getRuns({ limit: 1000, ...(cursor ? { cursor } : {}) })
      listed.push(...page.map(({ id, status, labels }) => ({ id, status, order: labels?.['order'] ?? '' })))
      cursor = page.at(-1)?.id
      if (page.length < 1000) return listed
    }
  },
  async steps(runId: string) {
    return (await durably.getSteps(runId)).map(({ name, status, generation }) => ({
      name,
      status,
      generation,
    }))
  },
  async check() {
    const client = await storage.client()
    const [row] = await client.sql<{ integrity_check: string }>('PRAGMA integrity_check')
    return row?.integrity_check
  },
  /** Every code a trigger may end with, text for the rest. */
  async tryToStore(kilobytes: number) {
    try {
      await durably.jobs.work.trigger({ steps: 0, bodyMs: 0, ballast: 'x'.repeat(kilobytes * 1024) } as Work)
      return 'stored'
    } catch (error) {
      return isDurablyError(error) ? error.code : String(error)
    }
  },
  async forget() {
    for (const { id, status } of await e2e.runs()) if (status === 'completed') await durably.deleteRun(id)
  },
  /** Timers of the driver, `everyMs` apart, reported with how late they were. */
  tick(everyMs: number) {
    const plan = () => {
      const dueAt = performance.now() + everyMs
      storage.scheduler?.after(everyMs, () => {
        tell({ kind: 'tick', tab, lateMs: performance.now() - dueAt })
        plan()
      })
    }
    plan()
  },
  /** Blocks the page as an endless loop does. */
  hang(durationMs: number) {
    setTimeout(() => {
      const endAt = performance.now() + durationMs
      while (performance.now() < endAt);
    })
  },
  info: () => storage.info(),
}

async function open(): Promise<number> {
  return (await durably.getRuns({ status: ['pending', 'running', 'suspended'], limit: 1000 })).length
}

async function persistently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isDurablyError(error) || !error.retryable) throw error
    }
  }
}

/** The page, as the tests see it. */
export type E2e = typeof e2e

Object.assign(globalThis, { e2e })
