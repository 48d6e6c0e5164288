import { expectEqual } from '../expect.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { LEASE_MS, NOW, newStep, nextClaimId } from './workbench.ts'

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

  define('a lease from the future begins anew, and ends once it has lasted', async (bench) => {
    const { run } = await bench.start()
    const setBack = NOW - LEASE_MS - 1
    expectEqual(
      (await bench.recover({ now: setBack })).claims,
      [],
      'what is recovered as the clock is set back',
    )
    const moved = await bench.read(run.id)
    expectEqual(
      [moved.generation, moved.heartbeatAt, moved.leaseEndsAt],
      [1, setBack, setBack + LEASE_MS],
      'generation, heartbeat and end of the lease that was moved',
    )
    expectEqual((await bench.recover({ now: setBack + LEASE_MS })).claims, [], 'what is recovered as it ends')
    const { claims } = await bench.recover({ now: setBack + LEASE_MS + 1 })
    expectEqual(
      claims.map((claim) => [claim.run.id, claim.run.generation]),
      [[run.id, 2]],
      'what is recovered after',
    )
  })

  define('a lease at most as far in the future as it lasts is left as it is', async (bench) => {
    const { run } = await bench.start()
    expectEqual((await bench.recover({ now: NOW - LEASE_MS })).claims, [], 'what is recovered')
    expectEqual(await bench.read(run.id), run, 'the run')
  })

  define('a living owner whose clock is ahead keeps its lease', async (bench) => {
    const { lease } = await bench.start()
    for (let beat = 0; beat < 3; beat++) {
      await bench.recover({ now: NOW - 10 * LEASE_MS + beat })
      expectEqual(
        await bench.storage.renew([lease], NOW + beat, LEASE_MS),
        [lease],
        `the leases held at beat ${beat}`,
      )
    }
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

  define('an exclusive owner takes over at once what it does not hold itself', async (bench) => {
    const { run } = await bench.start()
    const claimId = nextClaimId()
    const first = await exclusively(bench, claimId)
    expectEqual(first, [[run.id, 2]], 'what is recovered')
    expectEqual(await exclusively(bench, claimId), first, 'what the same recovery answers again')
    expectEqual(await exclusively(bench, nextClaimId()), [[run.id, 3]], 'what another recovery takes')
  })

  define('what an exclusive owner has no slot for is taken by its next recovery', async (bench) => {
    const started = [await bench.start(), await bench.start(), await bench.start()]
    const [first, ...others] = started.map(({ run }) => run.id)
    const taken = await bench.recover({ now: NOW, exclusive: true, limit: 1 })
    const rest = await bench.recover({ now: NOW, limit: 5 })
    expectEqual(
      [taken, rest].map(({ claims }) => claims.map(({ run }) => run.id)),
      [[first], others],
      'what the two recoveries take',
    )
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
