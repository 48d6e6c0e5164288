import { expectEqual } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { LEASE_MS, NOW } from './workbench.ts'

const ENDED = NOW + LEASE_MS + 1

/** Keeping a lease. */
export function renewCases(define: DefineCase): void {
  define('a renewed lease is respected', async (bench) => {
    const { lease } = await bench.start()
    expectEqual(
      await bench.storage.renew([lease], NOW + LEASE_MS, LEASE_MS),
      [lease],
      'the leases still held',
    )
    const { heartbeatAt, leaseEndsAt } = await bench.read(lease.runId)
    expectEqual(
      [heartbeatAt, leaseEndsAt],
      [NOW + LEASE_MS, NOW + 2 * LEASE_MS],
      'heartbeat and end of the lease',
    )
    expectEqual((await bench.recover({ now: ENDED })).claims, [], 'what is recovered')
  })

  define('a lease that ended but was not taken over may still be renewed', async (bench) => {
    const { lease } = await bench.start()
    expectEqual(await bench.storage.renew([lease], ENDED + 1, LEASE_MS), [lease], 'the leases still held')
    expectEqual((await bench.recover({ now: ENDED + 1 })).claims, [], 'what is recovered')
  })

  define('renewing answers only the leases that are held', async (bench) => {
    const [kept, cancelled, ended] = [await bench.start(), await bench.start(), await bench.start()]
    await bench.storage.cancel(cancelled.lease.runId, NOW)
    await bench.storage.settle(ended.lease, { status: 'completed', outputJson: null }, NOW)
    const asked = [
      cancelled.lease,
      kept.lease,
      ended.lease,
      { runId: 'absent', generation: 1 },
      { ...kept.lease, generation: 2 },
    ]
    expectEqual(await bench.storage.renew(asked, NOW, LEASE_MS), [kept.lease], 'the leases still held')
    expectEqual(await bench.storage.renew([], NOW, LEASE_MS), [], 'the leases of an empty list')
  })
}
