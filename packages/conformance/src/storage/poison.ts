import { expectEqual } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { LEASE_MS, NOW, newStep, POISON_ERROR } from './workbench.ts'

const ENDED = NOW + LEASE_MS + 1

/** Giving up on runs that end their owners. */
export function poisonCases(define: DefineCase): void {
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
}
