import { createDurably, isDurablyError } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { SQLocal } from 'sqlocal'
import { quietJob, type Work, workJob } from './jobs.ts'
import { clockMs, tell } from './journal-entry.ts'
import { Producer } from './producer.ts'

const DATABASE = 'e2e.db'
const parameters = new URLSearchParams(location.search)
const tab = parameters.get('tab') ?? 'unnamed'
const staleThreshold = Number(parameters.get('staleThreshold') ?? 30_000)
const storage = sqlocal(
  parameters.has('client') ? { client: new SQLocal(DATABASE) } : { databasePath: DATABASE },
)
const workplace = {
  tab,
  sleep: (durationMs: number) =>
    new Promise<void>((resolve) => void storage.scheduler?.after(durationMs, resolve)),
}
let quietBodies = 0
const durably = createDurably({
  storage,
  jobs: { work: workJob(workplace), quiet: quietJob(() => void quietBodies++) },
  concurrency: Number(parameters.get('concurrency') ?? 16),
  staleThreshold,
  heartbeatInterval: Math.min(5000, staleThreshold / 4),
})
const producer = new Producer(workplace, async (work, { name, idempotencyKey }) => {
  const key = idempotencyKey === null ? {} : { idempotencyKey }
  const { id } = await durably.jobs.work.trigger(work, { labels: { order: name }, ...key })
  return id
})

let runEvents = 0
durably.on('*', (event) => {
  if ('runId' in event) runEvents++
})
storage.onRoleChange((role) => tell({ kind: 'role', tab, role, clockMs: clockMs() }))
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
  info: () => storage.info(),
  /** How many events of runs this tab has heard. */
  runEvents: () => runEvents,
  /** How many bodies of `quiet` this tab has executed. */
  quietBodies: () => quietBodies,
  /** One by one, so that each is acknowledged on its own. */
  async trigger(count: number, work: Work) {
    for (let index = 0; index < count; index++) {
      const { id } = await durably.jobs.work.trigger(work)
      tell({ kind: 'acknowledged', tab, runId: id, idempotencyKey: null })
    }
  },
  async triggerQuiet(count: number) {
    const work = { steps: 1, bodyMs: 0 }
    await durably.jobs.quiet.batchTrigger(Array.from({ length: count }, () => ({ input: work })))
  },
  produce: (work: Work, pauseMs: number) => producer.start(work, pauseMs),
  stopProducing: () => producer.stop(),
  /** Triggers a run of that size, and answers `stored` or the code it was refused with. */
  async tryToStore(kilobytes: number) {
    try {
      await durably.jobs.work.trigger({ steps: 0, bodyMs: 0, ballast: 'x'.repeat(kilobytes * 1024) })
      return 'stored'
    } catch (error) {
      return isDurablyError(error) ? error.code : String(error)
    }
  },
  async untilIdle(timeoutMs: number) {
    const giveUpAt = performance.now() + timeoutMs
    while ((await openRuns()) > 0) {
      if (performance.now() > giveUpAt) throw new Error(`${await openRuns()} runs are still open.`)
      await workplace.sleep(100)
    }
  },
  /** What SQLite says about the file. In the leading tab only. */
  async integrity() {
    const client = await storage.client()
    const rows = await client.sql<{ integrity_check: string }>('PRAGMA integrity_check')
    return rows.map((row) => row.integrity_check).join('; ')
  },
  /** Sends the database to the server, which reads it without Durably. */
  async handIn() {
    const file = await storage.exportFile()
    await fetch('/database', { method: 'POST', body: new Uint8Array(file) })
  },
  /** Lets timers of the driver and of the page ring, and tells of each. */
  tick(everyMs: number) {
    const again = (of: 'driver' | 'page', after: (run: () => void) => unknown) => {
      after(() => {
        tell({ kind: 'tick', tab, of })
        again(of, after)
      })
    }
    again('driver', (run) => storage.scheduler?.after(everyMs, run))
    again('page', (run) => setTimeout(run, everyMs))
  },
  /** Blocks the page as an endless loop does. */
  hang(durationMs: number) {
    setTimeout(() => {
      const endAt = performance.now() + durationMs
      while (performance.now() < endAt);
    })
  },
}

async function openRuns(): Promise<number> {
  const open = await durably.getRuns({ status: ['pending', 'running', 'suspended'], limit: 1000 })
  return open.length
}

/** The page, as the tests see it. */
export type E2e = typeof e2e

Object.assign(globalThis, { e2e })
