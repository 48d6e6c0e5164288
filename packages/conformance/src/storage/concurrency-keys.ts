import type { Lease, RunRecord } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { LEASE_MS, NOW } from './workbench.ts'

const KEYED = { concurrencyKey: 'k' } as const

/** At most one running per key, the others in line. */
export function concurrencyKeyCases(define: DefineCase): void {
  define('a key never prevents creation, and lets one run at a time', async (bench) => {
    const ids = (await bench.triggerAll([KEYED, KEYED, KEYED])).map((run) => run.id)
    expectEqual((await bench.list({ statuses: ['pending'] })).length, 3, 'how many runs are pending')
    expectEqual(await bench.claimIds(), ids.slice(0, 1), 'the first claim')
    expectEqual(await bench.claimIds(), [], 'a claim while the key is busy')
  })

  define('runs of a key go in order of creation', async (bench) => {
    const runs = await bench.triggerAll([KEYED, KEYED, KEYED, KEYED])
    for (const run of runs) {
      const { lease } = await bench.take(run)
      await bench.storage.settle(lease, { status: 'completed', outputJson: null }, NOW)
    }
  })

  define('different keys, and runs without one, go side by side', async (bench) => {
    const runs = await bench.triggerAll([KEYED, { concurrencyKey: 'other' }, {}, KEYED, {}])
    const free = runs.filter((_, index) => index !== 3).map((run) => run.id)
    expectEqual(await bench.claimIds(), free, 'the claim')
  })

  define('a key is one across jobs', async (bench) => {
    const jobNames = ['a', 'b']
    const [older, newer] = await bench.triggerAll([
      { ...KEYED, jobName: 'a' },
      { ...KEYED, jobName: 'b' },
    ])
    const [claim, ...others] = await bench.claim({ jobNames })
    expectEqual([claim?.run.id, others], [older.id, []], 'a claim that could take a run of each job')
    expectEqual(await bench.claimIds({ jobNames }), [], 'a claim while the key is busy')
    const lease = { runId: older.id, generation: 1 }
    await bench.storage.settle(lease, { status: 'completed', outputJson: null }, NOW)
    expectEqual(await bench.claimIds({ jobNames }), [newer.id], 'a claim when the key is free again')
  })

  define('the smallest claim finds what stands behind runs that are held up', async (bench) => {
    const keys = ['k', 'l', 'm'].map((concurrencyKey) => ({ concurrencyKey }))
    const older = (await bench.triggerAll(keys.map((key) => ({ ...key, jobName: 'a' })))).map(({ id }) => id)
    await bench.triggerAll(keys.map((key) => ({ ...key, jobName: 'b' })))
    const free = await bench.trigger({ jobName: 'b' })
    const both = { jobNames: ['a', 'b'] }
    const first = [await bench.claimIds({ ...both, limit: 1 }), await bench.claimIds({ ...both, limit: 2 })]
    expectEqual(first.flat(), older, 'what two claims of both jobs take')
    expectEqual(await bench.claimIds({ jobNames: ['b'], limit: 1 }), [free.id], 'a claim of one')
  })

  define('a run of a job nobody knows does not block its key', async (bench) => {
    const [, known] = await bench.triggerAll([{ ...KEYED, jobName: 'unknown' }, KEYED])
    expectEqual(await bench.claimIds(), [known.id], 'the claim')
  })

  for (const [ending, end] of Object.entries(ENDINGS)) {
    define(`a run that ${ending} frees its key`, async (bench) => {
      const [first, second] = await bench.triggerAll([KEYED, KEYED])
      const { lease } = await bench.take(first)
      await end(bench, lease)
      await bench.take(second)
    })
  }

  define('a run that is handed back goes before those behind it', async (bench) => {
    const [first] = await bench.triggerAll([KEYED, KEYED])
    const { lease } = await bench.take(first)
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    await bench.take(first)
  })

  define('a waiting run moves up when the one before it is cancelled', async (bench) => {
    const [first, second, third] = await bench.triggerAll([KEYED, KEYED, KEYED])
    const { lease } = await bench.take(first)
    await bench.storage.cancel(second.id, NOW)
    await bench.storage.settle(lease, { status: 'completed', outputJson: null }, NOW)
    await bench.storage.cancel((await bench.trigger(KEYED)).id, NOW)
    await bench.take(third)
  })

  define('the next run moves up when the first is cancelled before anyone takes it', async (bench) => {
    const [first, second] = await bench.triggerAll([KEYED, KEYED])
    await bench.storage.cancel(first.id, NOW)
    await bench.take(second)
  })

  define('a retried run waits while its key is busy, and is taken afterwards', async (bench) => {
    const failed = await bench.startAndSettle(KEYED, { status: 'failed', errorJson: '{}' })
    const other = await bench.start(KEYED)
    await bench.storage.retry(failed.id, NOW)
    expectEqual(await bench.claimIds(), [], 'a claim while the key is busy')
    await bench.storage.settle(other.lease, { status: 'completed', outputJson: null }, NOW)
    await bench.take(failed)
  })

  define('a sleeping run that wakes waits while its key is busy, and is taken afterwards', async (bench) => {
    const sleeping = await bench.startAndSettle(KEYED, { status: 'suspended', wakeAt: NOW + 1 })
    const other = await bench.start(KEYED)
    await bench.storage.wake([sleeping.jobName], NOW + 1)
    expectEqual(await bench.claimIds(), [], 'a claim while the key is busy')
    await bench.storage.settle(other.lease, { status: 'completed', outputJson: null }, NOW)
    await bench.take(sleeping)
  })

  define('delayed runs of a key wake one after the other', async (bench) => {
    const runs = await bench.triggerAll([1, 2, 3].map((delayMs) => ({ ...KEYED, readyAt: NOW + delayMs })))
    await bench.storage.wake([String(runs[0]?.jobName)], NOW + 3)
    for (const run of runs) {
      expectEqual(await bench.claimIds(), [run.id], 'what a claim takes')
      await bench.storage.cancel(run.id, NOW)
    }
  })

  define('a run that comes back goes before those created after it', async (bench) => {
    const [failed, sleeping] = await bench.triggerAll([KEYED, KEYED])
    const first = await bench.take(failed)
    await bench.storage.settle(first.lease, { status: 'failed', errorJson: '{}' }, NOW)
    const second = await bench.take(sleeping)
    await bench.storage.settle(second.lease, { status: 'suspended', wakeAt: NOW + 1 }, NOW)
    const newer = await bench.trigger(KEYED)
    await bench.storage.wake([sleeping.jobName], NOW + 1)
    await bench.storage.retry(failed.id, NOW)
    for (const run of [failed, sleeping, newer]) {
      const { lease } = await bench.take(run)
      await bench.storage.settle(lease, { status: 'completed', outputJson: null }, NOW)
    }
  })

  define('a recovered run keeps its key', async (bench) => {
    await bench.start(KEYED)
    await bench.trigger(KEYED)
    const { lease } = await bench.takeOver()
    expectEqual(await bench.claimIds(), [], 'a claim while the recovered run is running')
    expectEqual(lease.generation, 2, 'the generation of the recovered run')
  })

  define('a run failed as poison frees its key', async (bench) => {
    await bench.start(KEYED)
    const next = await bench.trigger(KEYED)
    await bench.recover({ maxRecoveries: 0 })
    await bench.take(next)
  })

  define('a thousand runs behind one key do not hold up the others', async (bench) => {
    const waiting = Array.from({ length: 1000 }, () => KEYED)
    const runs: readonly RunRecord[] = await bench.triggerAll([...waiting, {}, {}])
    const expected = [runs[0], runs[1000], runs[1001]].map((run) => run?.id)
    expectEqual(await bench.claimIds({ limit: 3 }), expected, 'a claim of three')
  })

  define(
    'owners never run two of a key at once',
    async (bench) => {
      const owners = [bench, await bench.openAgain(), await bench.openAgain()]
      const runs = await bench.triggerAll(Array.from({ length: 12 }, () => KEYED))
      const order: string[] = []
      while (order.length < runs.length) {
        const held = (await Promise.all(owners.map((owner) => owner.claim()))).flat()
        expectEqual(held.length, 1, 'how many runs of the key were taken at once')
        for (const { run } of held) {
          order.push(run.id)
          await bench.storage.settle(
            { runId: run.id, generation: 1 },
            { status: 'completed', outputJson: null },
            NOW,
          )
        }
      }
      expectEqual(
        order,
        runs.map((run) => run.id),
        'the order of execution',
      )
    },
    { needs: 'shared' },
  )
}

const ENDINGS: Readonly<Record<string, (bench: StorageBench, lease: Lease) => Promise<unknown>>> = {
  completes: ({ storage }, lease) => storage.settle(lease, { status: 'completed', outputJson: null }, NOW),
  fails: ({ storage }, lease) => storage.settle(lease, { status: 'failed', errorJson: '{}' }, NOW),
  sleeps: ({ storage }, lease) => storage.settle(lease, { status: 'suspended', wakeAt: NOW + LEASE_MS }, NOW),
  'waits for an event': ({ storage }, lease) =>
    storage.settle(lease, { status: 'suspended', wakeAt: null }, NOW),
  'is cancelled': ({ storage }, lease) => storage.cancel(lease.runId, NOW),
}
