import { expectEqual } from '../expect.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { LEASE_MS, NOW, newStep, nextClaimId, POISON_ERROR } from './workbench.ts'

const ENDED = NOW + LEASE_MS + 1

/** Taking over runs whose owner is gone. */
export function recoverCases(define: DefineCase): void {
  define('a run whose lease ended goes on under the next generation, with its steps', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.recordStep(lease, newStep(), NOW)
    await bench.storage.recordProgress(lease, '{"current":1}', NOW)
    const { claims, poisoned } = await bench.recover({ now: ENDED })
    const expected = {
      ...run,
      generation: 2,
      recoveries: 1,
      heartbeatAt: ENDED,
      leaseEndsAt: ENDED + LEASE_MS,
      progressJson: '{"current":1}',
    }
    expectEqual(
      claims.map((claim) => claim.run),
      [expected],
      'the recovered runs',
    )
    expectEqual(claims[0]?.steps, await bench.storage.getSteps(run.id), 'the steps that come with it')
    expectEqual(poisoned, [], 'the poisoned runs')
  })

  define('a lease that has not ended is respected to its last millisecond', async (bench) => {
    await bench.start()
    expectEqual(
      (await bench.recover({ now: NOW + LEASE_MS })).claims,
      [],
      'what is recovered as the lease ends',
    )
    expectEqual(
      (await bench.recover({ now: NOW + LEASE_MS + 1 })).claims.length,
      1,
      'how many are recovered after',
    )
  })

  define('a heartbeat further in the future than its lease lasts is not believed', async (bench) => {
    const { run } = await bench.start()
    expectEqual(
      (await bench.recover({ now: NOW - LEASE_MS })).claims,
      [],
      'what is recovered a lease earlier',
    )
    const { claims } = await bench.recover({ now: NOW - LEASE_MS - 1 })
    expectEqual(
      claims.map((claim) => [claim.run.id, claim.run.generation]),
      [[run.id, 2]],
      'what is recovered once the clock was set back further than that',
    )
  })

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

  define('a lease from the future is believed for as long as it lasts, and not longer', async (bench) => {
    const clockAheadMs = 86_400_000
    const { lease } = await bench.start({}, NOW + clockAheadMs)
    const soonEnough = NOW + clockAheadMs - LEASE_MS
    expectEqual(
      (await bench.recover({ now: soonEnough })).claims,
      [],
      'what is recovered a lease before the heartbeat',
    )
    const { claims } = await bench.recover({ now: soonEnough - 1 })
    expectEqual(
      claims.map(({ run }) => run.id),
      [lease.runId],
      'what is recovered earlier than that',
    )
  })

  define('runs of jobs that were not named are left alone', async (bench) => {
    await bench.start({ jobName: 'unknown' })
    expectEqual((await bench.recover({ now: ENDED })).claims, [], 'what is recovered')
    expectEqual(
      (await bench.recover({ now: ENDED, jobNames: [] })).claims,
      [],
      'what is recovered for no job',
    )
  })

  define('only running runs are recovered', async (bench) => {
    await bench.startAndSettle({}, { status: 'suspended', wakeAt: null })
    await bench.startAndSettle({}, { status: 'completed', outputJson: null })
    await bench.startAndSettle({}, { status: 'failed', errorJson: '{}' })
    const { lease } = await bench.start()
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    expectEqual((await bench.recover({ now: ENDED })).claims, [], 'what is recovered')
  })

  define('the limit holds, and the longest ended lease goes first', async (bench) => {
    const late = await bench.start({}, NOW + 10)
    const early = await bench.start({}, NOW)
    const ids = (await bench.recover({ now: ENDED + 20, limit: 1 })).claims.map(({ run }) => run.id)
    expectEqual(ids, [early.lease.runId], 'what a recovery of one takes')
    const rest = (await bench.recover({ now: ENDED + 20, limit: 5 })).claims.map(({ run }) => run.id)
    expectEqual(rest, [late.lease.runId], 'what the next recovery takes')
    expectEqual(
      (await bench.recover({ now: ENDED + 20, limit: -1 })).claims,
      [],
      'what a negative limit takes',
    )
  })

  define('a run that ends its owners again and again is failed', async (bench) => {
    const { run } = await bench.start()
    let now = NOW
    for (const recoveries of [1, 2, 3]) {
      now += LEASE_MS + 1
      expectEqual(
        (await bench.takeOver({ now, maxRecoveries: 3 })).run.recoveries,
        recoveries,
        'the recoveries',
      )
    }
    now += LEASE_MS + 1
    const { claims, poisoned } = await bench.recover({ now, maxRecoveries: 3 })
    const stored = await bench.read(run.id)
    expectEqual([claims, poisoned], [[], [stored]], 'the answer of the recovery')
    expectEqual(
      [stored.status, stored.errorJson, stored.finishedAt, stored.heartbeatAt, stored.leaseEndsAt],
      ['failed', POISON_ERROR, now, null, null],
      'the run as it is stored',
    )
    expectEqual(
      (await bench.recover({ now: now + ENDED, maxRecoveries: 3 })).poisoned,
      [],
      'a later recovery',
    )
  })

  define('a completed step makes the recoveries count anew', async (bench) => {
    await bench.start()
    let now = NOW
    for (const position of [0, 1, 2, 3]) {
      now += LEASE_MS + 1
      const { lease, run } = await bench.takeOver({ now, maxRecoveries: 1 })
      expectEqual(run.recoveries, 1, 'the recoveries')
      await bench.storage.recordStep(lease, newStep({ name: `step ${position}`, position }), now)
    }
  })

  define('a failed step is no progress, and neither is one of an earlier generation', async (bench) => {
    const { lease } = await bench.start()
    await bench.storage.recordStep(lease, newStep(), NOW)
    const second = await bench.takeOver({ now: ENDED, maxRecoveries: 1 })
    await bench.storage.recordStep(
      second.lease,
      newStep({ name: 'other', status: 'failed', position: 1 }),
      ENDED,
    )
    const { poisoned } = await bench.recover({ now: ENDED + LEASE_MS + 1, maxRecoveries: 1 })
    expectEqual(
      poisoned.map((run) => run.id),
      [lease.runId],
      'the poisoned runs',
    )
  })

  define('handing a run back is no recovery', async (bench) => {
    const { run, lease } = await bench.start()
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    expectEqual((await bench.take(run)).run.recoveries, 0, 'the recoveries')
  })

  for (const outcome of [{ status: 'released' }, { status: 'suspended', wakeAt: NOW }] as const) {
    define(
      `a recovered attempt that is ${outcome.status} loses its recoveries only if it got on`,
      async (bench) => {
        await bench.start()
        const stuck = await bench.takeOver({ now: ENDED })
        await bench.storage.settle(stuck.lease, outcome, ENDED)
        expectEqual(
          (await bench.read(stuck.run.id)).recoveries,
          1,
          'the recoveries of a run that got nowhere',
        )
        await bench.storage.cancel(stuck.run.id, ENDED)

        await bench.start()
        const moving = await bench.takeOver({ now: ENDED })
        await bench.storage.recordStep(moving.lease, newStep(), ENDED)
        await bench.storage.settle(moving.lease, outcome, ENDED)
        expectEqual((await bench.read(moving.run.id)).recoveries, 0, 'the recoveries of a run that got on')
      },
    )
  }

  define('retrying makes the recoveries count anew', async (bench) => {
    const { run } = await bench.start()
    await bench.recover({ now: ENDED })
    await bench.storage.cancel(run.id, ENDED)
    await bench.storage.retry(run.id, ENDED)
    expectEqual((await bench.read(run.id)).recoveries, 0, 'the recoveries')
  })

  define('an exclusive owner takes over at once what it does not hold itself', async (bench) => {
    const { run } = await bench.start()
    const claimId = nextClaimId()
    const first = await exclusively(bench, claimId)
    expectEqual(first, [[run.id, 2]], 'what is recovered')
    expectEqual(await exclusively(bench, claimId), first, 'what the same recovery answers again')
    expectEqual(await exclusively(bench, nextClaimId()), [[run.id, 3]], 'what another recovery takes')
  })

  define('recovered and newly claimed runs of two claims do not mix', async (bench) => {
    const { run } = await bench.start()
    const fresh = await bench.trigger()
    const [recovered, claimed] = await Promise.all([
      bench.recover({ now: ENDED }),
      bench.claimIds({ now: ENDED }),
    ])
    expectEqual(
      recovered.claims.map((claim) => claim.run.id),
      [run.id],
      'the recovered runs',
    )
    expectEqual(claimed, [fresh.id], 'the claimed runs')
  })
}

async function exclusively(bench: StorageBench, claimId: string) {
  const { claims } = await bench.recover({ claimId, now: NOW, exclusive: true })
  return claims.map(({ run }) => [run.id, run.generation])
}
