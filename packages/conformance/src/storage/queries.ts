import type { RunFilter, RunRecord, RunStatus } from '@durably/core'
import { RUN_STATUSES } from '@durably/core'
import { expectEqual } from '../expect.ts'
import { runInStatus } from './run-in-status.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { filter, NOW } from './workbench.ts'

/** Asking for runs. */
export function queryCases(define: DefineCase): void {
  define('a run nobody knows is null', async ({ storage }) => {
    expectEqual(await storage.getRun('absent'), null, 'the answer of getRun')
    expectEqual(await storage.getRun(''), null, 'the answer of getRun for an empty id')
  })

  define('runs are listed newest first, as many as the limit says', async (bench) => {
    const ids = (await bench.triggerAll([{}, {}, {}, {}])).map((run) => run.id).toReversed()
    expectEqual(await bench.list(), ids, 'all runs')
    expectEqual(await bench.list({ limit: 2 }), ids.slice(0, 2), 'the newest two')
    expectEqual(await bench.list({ limit: 0 }), [], 'none')
  })

  define('a listing shows runs as getRun does', async (bench) => {
    for (const status of RUN_STATUSES.toReversed()) await runInStatus(bench, status)
    for (const run of await bench.storage.getRuns(filter()))
      expectEqual(await bench.read(run.id), run, 'the run')
  })

  define(
    'paging by the last id sees each run once, also when runs are added and deleted meanwhile',
    async (bench) => {
      const ids: string[] = []
      for (let count = 0; count < 7; count++) ids.push((await runInStatus(bench, 'completed')).id)
      const seen: string[] = []
      for (let page = await bench.list({ limit: 3 }); page.length > 0; ) {
        seen.push(...page)
        const cursor = page.at(-1) ?? null
        await bench.trigger()
        if (cursor !== null) await bench.storage.remove(cursor)
        page = await bench.list({ limit: 3, cursor })
      }
      expectEqual(seen, ids.toReversed(), 'what the pages showed')
    },
  )

  define('an empty list of statuses or jobs matches nothing', async (bench) => {
    await bench.trigger()
    expectEqual(await bench.list({ statuses: [] }), [], 'no status')
    expectEqual(await bench.list({ jobNames: [] }), [], 'no job')
    expectEqual(
      await bench.list({ statuses: [], jobNames: ['job'], labels: { a: 'b' } }),
      [],
      'no status, but the rest',
    )
  })

  define('a job named twice counts once', async (bench) => {
    const ids: string[] = []
    for (let count = 0; count < 6; count++) ids.push((await bench.trigger()).id)
    const page = await bench.list({ jobNames: ['job', 'job'], limit: 5 })
    expectEqual(page, ids.toReversed().slice(0, 5), 'a page')
  })

  define('all of the labels must match, name and value', async (bench) => {
    const both = await bench.trigger({ labels: { org: 'acme', plan: 'pro' } })
    const one = await bench.trigger({ labels: { org: 'acme' } })
    await bench.trigger({ labels: { acme: 'org' } })
    await bench.trigger()
    expectEqual(await bench.list({ labels: { org: 'acme' } }), [one.id, both.id], 'one label')
    expectEqual(await bench.list({ labels: { plan: 'pro', org: 'acme' } }), [both.id], 'two labels')
    expectEqual(await bench.list({ labels: { org: 'acme', plan: 'pro' } }), [both.id], 'the other way round')
    expectEqual(
      await bench.list({ labels: { org: 'acme', plan: 'free' } }),
      [],
      'one that matches and one that does not',
    )
    expectEqual(await bench.list({ labels: { org: 'ACME' } }), [], 'another case')
  })

  define('every combination of filters lists what it should', async (bench) => {
    const all = await populate(bench)
    for (const statuses of STATUSES) {
      for (const jobNames of [null, ['a'], ['b', 'a'], ['absent']]) {
        for (const labels of [null, { tier: '1' }, { tier: '1', odd: 'no' }]) {
          for (const cursor of [null, all[4]?.id ?? null]) {
            const wanted = filter({ statuses, jobNames, labels, cursor, limit: 5 })
            const expected = all.filter((run) => matches(run, wanted)).slice(0, 5)
            expectEqual(await bench.storage.getRuns(wanted), expected, `runs for ${JSON.stringify(wanted)}`)
          }
        }
      }
    }
  })
}

const STATUSES: readonly (readonly RunStatus[] | null)[] = [
  null,
  ...RUN_STATUSES.map((status) => [status]),
  ['failed', 'cancelled'],
  ['pending', 'running', 'suspended'],
  RUN_STATUSES,
]

/** Two jobs in every status, half of the runs labelled; newest first. */
async function populate(bench: StorageBench): Promise<readonly RunRecord[]> {
  let odd = false
  for (const status of RUN_STATUSES.toReversed()) {
    for (const jobName of ['a', 'b']) {
      odd = !odd
      const labels = odd ? { tier: '1', odd: 'yes' } : { tier: '1', odd: 'no' }
      const { id } = await bench.trigger({ jobName, labels: status === 'completed' ? null : labels })
      if (status === 'pending') continue
      if (status === 'cancelled') {
        await bench.storage.cancel(id, NOW)
        continue
      }
      const lease = { runId: id, generation: 1 }
      await bench.claim({ jobNames: [jobName], limit: 1 })
      if (status === 'suspended') await bench.storage.settle(lease, { status, wakeAt: NOW + 1 }, NOW)
      if (status === 'completed') await bench.storage.settle(lease, { status, outputJson: null }, NOW)
      if (status === 'failed') await bench.storage.settle(lease, { status, errorJson: '{}' }, NOW)
    }
  }
  return bench.storage.getRuns(filter())
}

function matches(run: RunRecord, wanted: RunFilter): boolean {
  const labels: Record<string, unknown> = JSON.parse(run.labelsJson ?? '{}')
  return (
    (wanted.statuses?.includes(run.status) ?? true) &&
    (wanted.jobNames?.includes(run.jobName) ?? true) &&
    (wanted.cursor === null || run.id < wanted.cursor) &&
    Object.entries(wanted.labels ?? {}).every(([name, value]) => labels[name] === value)
  )
}
