import type { Lease, Storage } from '@durably/core'
import { expectEqual, expectRejection } from '../expect.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { filter, LEASE_MS, NOW, newStep } from './workbench.ts'

const LATER = NOW + LEASE_MS + 1

/** Whoever lost a run changes nothing about it. */
export function fencingCases(define: DefineCase): void {
  for (const [loss, lose] of Object.entries(LOSSES)) {
    define(`nothing is written for an attempt whose run ${loss}`, async (bench) => {
      const { lease } = await bench.start()
      await bench.storage.recordStep(lease, newStep({ name: 'before' }), NOW)
      await lose(bench, lease)
      await expectFenced(bench.storage, lease)
    })
  }

  define('nothing is written under a generation that does not exist yet', async (bench) => {
    const { lease } = await bench.start()
    await expectFenced(bench.storage, { ...lease, generation: 2 })
  })

  define('nothing is written for a run that was never claimed', async (bench) => {
    const run = await bench.trigger()
    await expectFenced(bench.storage, { runId: run.id, generation: 0 }, { except: 'settle as released' })
  })

  define('nothing is written for a run nobody knows', async (bench) => {
    await expectFenced(bench.storage, { runId: 'absent', generation: 1 })
  })

  define('a refused write does not disturb its neighbours in the same turn', async (bench) => {
    const [lost, held] = [await bench.start(), await bench.start()]
    await bench.storage.cancel(lost.lease.runId, NOW)
    const refused = expectRejection(
      bench.storage.recordStep(lost.lease, newStep(), NOW),
      'LEASE_LOST',
      'the lost lease',
    )
    await Promise.all([
      bench.storage.recordStep(held.lease, newStep(), NOW),
      refused,
      bench.storage.settle(held.lease, { status: 'completed', outputJson: null }, NOW),
    ])
    expectEqual((await bench.read(held.lease.runId)).status, 'completed', 'the status of the neighbour')
    expectEqual((await bench.storage.getSteps(held.lease.runId)).length, 1, 'the steps of the neighbour')
  })

  define('of cancel and complete, the first one wins', async (bench) => {
    const [one, other] = [await bench.start(), await bench.start()]
    const completed = { status: 'completed', outputJson: null } as const
    const [cancelled] = await Promise.all([
      bench.storage.cancel(one.lease.runId, NOW),
      expectRejection(
        bench.storage.settle(one.lease, completed, NOW),
        'LEASE_LOST',
        'completing after cancel',
      ),
    ])
    const [, tooLate] = await Promise.all([
      bench.storage.settle(other.lease, completed, NOW),
      bench.storage.cancel(other.lease.runId, NOW),
    ])
    expectEqual([cancelled.changed, cancelled.run?.status], [true, 'cancelled'], 'cancel before complete')
    expectEqual([tooLate.changed, tooLate.run?.status], [false, 'completed'], 'cancel after complete')
  })

  define(
    'an owner whose run was taken over by another changes nothing',
    async (bench) => {
      const { lease } = await bench.start()
      const other = await bench.openAgain()
      await other.takeOver({ now: LATER })
      await expectFenced(bench.storage, lease)
    },
    { needs: 'shared' },
  )
}

const LOSSES: Readonly<Record<string, (bench: StorageBench, lease: Lease) => Promise<unknown>>> = {
  'was taken over': (bench) => bench.takeOver({ now: LATER }),
  'was cancelled': ({ storage }, lease) => storage.cancel(lease.runId, NOW),
  'was cancelled, retried and claimed again': async (bench, lease) => {
    await bench.storage.cancel(lease.runId, NOW)
    await bench.storage.retry(lease.runId, NOW)
    await bench.claim()
  },
  'was cancelled and retried': async ({ storage }, lease) => {
    await storage.cancel(lease.runId, NOW)
    await storage.retry(lease.runId, NOW)
  },
  'was handed back and claimed again': async (bench, lease) => {
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    await bench.claim()
  },
  'slept, woke and was claimed again': async (bench, lease) => {
    await bench.storage.settle(lease, { status: 'suspended', wakeAt: NOW }, NOW)
    await bench.storage.wake([(await bench.read(lease.runId)).jobName], NOW)
    await bench.claim()
  },
  'was failed as poison': (bench) => bench.recover({ now: LATER, maxRecoveries: 0 }),
  'was cancelled and removed': async ({ storage }, lease) => {
    await storage.cancel(lease.runId, NOW)
    await storage.remove(lease.runId)
  },
}

type Write = (storage: Storage, lease: Lease) => Promise<unknown>

const WRITES: Readonly<Record<string, Write>> = {
  recordStep: (storage, lease) => storage.recordStep(lease, newStep({ name: 'late', position: 1 }), LATER),
  'recordStep of a failure': (storage, lease) =>
    storage.recordStep(lease, newStep({ name: 'late', position: 1, status: 'failed' }), LATER),
  'recordStep of a step recorded before': (storage, lease) =>
    storage.recordStep(lease, newStep({ name: 'before' }), LATER),
  recordProgress: (storage, lease) => storage.recordProgress(lease, '{"current":9}', LATER),
  'settle as completed': (storage, lease) =>
    storage.settle(lease, { status: 'completed', outputJson: '"late"' }, LATER),
  'settle as failed': (storage, lease) => storage.settle(lease, { status: 'failed', errorJson: '{}' }, LATER),
  'settle as suspended': (storage, lease) =>
    storage.settle(lease, { status: 'suspended', wakeAt: LATER }, LATER),
  'settle as released': (storage, lease) => storage.settle(lease, { status: 'released' }, LATER),
}

async function expectFenced(
  storage: Storage,
  lease: Lease,
  { except }: { except?: string } = {},
): Promise<void> {
  const state = async () => [await storage.getRuns(filter()), await storage.getSteps(lease.runId)]
  const before = await state()
  for (const [name, write] of Object.entries(WRITES)) {
    if (name !== except) await expectRejection(write(storage, lease), 'LEASE_LOST', name)
  }
  expectEqual(await storage.renew([lease], LATER, LEASE_MS), [], 'the leases still held')
  expectEqual(await state(), before, 'what is stored after the refused writes')
}
