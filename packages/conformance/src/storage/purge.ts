import type { PurgeRequest } from '@durably/core'
import { RUN_STATUSES, TERMINAL_STATUSES } from '@durably/core'
import { expectEqual } from '../expect.ts'
import { runInStatus } from './run-in-status.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { ALL, NOW, newStep } from './workbench.ts'

/** Deleting old runs. */
export function purgeCases(define: DefineCase): void {
  define('only ended runs are purged, whatever their age', async (bench) => {
    const ids = new Map<string, string>()
    for (const status of RUN_STATUSES.toReversed()) ids.set(status, (await runInStatus(bench, status)).id)
    const purged = await purge(bench)
    expectEqual(purged, TERMINAL_STATUSES.map((status) => ids.get(status)).toSorted(), 'the purged runs')
    expectEqual((await bench.list()).length, 3, 'how many runs are left')
  })

  define('only the named statuses are purged', async (bench) => {
    const failed = await runInStatus(bench, 'failed')
    const completed = await runInStatus(bench, 'completed')
    expectEqual(await purge(bench, { statuses: [] }), [], 'what is purged of no status')
    expectEqual(await purge(bench, { statuses: ['failed'] }), [failed.id], 'what is purged of failed')
    expectEqual(await bench.list(), [completed.id], 'what is left')
  })

  define('a run that ended at the given time is kept, one that ended before is not', async (bench) => {
    const before = await bench.startAndSettle({}, { status: 'completed', outputJson: null }, NOW - 1)
    const at = await bench.startAndSettle({}, { status: 'completed', outputJson: null }, NOW)
    expectEqual(await purge(bench, { finishedBefore: NOW }), [before.id], 'the purged runs')
    expectEqual(await bench.list(), [at.id], 'what is left')
  })

  define('what counts is when a run ended, not when it was created', async (bench) => {
    const { lease } = await bench.start({}, NOW)
    await bench.storage.settle(lease, { status: 'completed', outputJson: null }, NOW + 100)
    expectEqual(await purge(bench, { finishedBefore: NOW + 100 }), [], 'the purged runs')
  })

  define('the oldest go first, as many as the limit says, over all statuses', async (bench) => {
    const ids: string[] = []
    for (const status of ['failed', 'completed', 'cancelled', 'completed', 'failed'] as const) {
      ids.push((await runInStatus(bench, status)).id)
    }
    expectEqual(await purge(bench, { limit: 3 }), ids.slice(0, 3), 'the first purge')
    expectEqual(await purge(bench, { limit: 3 }), ids.slice(3), 'the second purge')
    expectEqual(await purge(bench, { limit: 3 }), [], 'the third purge')
  })

  define('the answer names the runs, their jobs and their labels', async (bench) => {
    const run = await bench.startAndSettle({ labels: { a: 'b' } }, { status: 'completed', outputJson: null })
    const purged = await bench.storage.purge({ statuses: ['completed'], finishedBefore: NOW + 1, limit: 1 })
    expectEqual(purged, [{ id: run.id, jobName: run.jobName, labelsJson: run.labelsJson }], 'the answer')
  })

  define('a purged run takes steps, labels and logs along, and nothing of its neighbours', async (bench) => {
    const { storage } = bench
    const ids: string[] = []
    for (const finishedAt of [NOW, NOW + 10]) {
      const { lease } = await bench.start({ labels: { a: 'b' }, idempotencyKey: `k${finishedAt}` })
      ids.push(lease.runId)
      await storage.recordStep(lease, newStep(), NOW)
      await storage.appendLogs([
        { ...lease, stepName: 's', level: 'warn', message: 'm', dataJson: '1', createdAt: NOW },
      ])
      await storage.settle(lease, { status: 'completed', outputJson: null }, finishedAt)
    }
    expectEqual(await purge(bench, { finishedBefore: NOW + 10 }), ids.slice(0, 1), 'the purged runs')
    for (const [index, expected] of [0, 1].entries()) {
      const id = ids[index] ?? ''
      const [steps, logs] = [
        await storage.getSteps(id),
        await storage.getLogs(id, { limit: 10, cursor: null }),
      ]
      expectEqual([steps.length, logs.length], [expected, expected], `steps and logs of run ${index}`)
    }
    expectEqual(await bench.list({ labels: { a: 'b' } }), ids.slice(1), 'the runs that have the label')
  })
}

/** Purges every ended run unless told otherwise; the ids of what was purged, oldest first. */
async function purge(bench: StorageBench, wanted: Partial<PurgeRequest> = {}): Promise<readonly string[]> {
  const request = { statuses: TERMINAL_STATUSES, finishedBefore: NOW + 1, limit: ALL, ...wanted }
  return (await bench.storage.purge(request)).map((run) => run.id).toSorted()
}
