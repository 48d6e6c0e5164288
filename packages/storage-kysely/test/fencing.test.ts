import type { Lease, Storage } from '@durably/core'
import { describe, expect, it } from 'vitest'
import { claimOf, NOW, newRun, newStep } from './support/requests.ts'
import { sqliteDriver } from './support/sqlite-driver.ts'
import { migratedStorage } from './support/storage.ts'

describe.each([
  ['counts what a write changed', true],
  ['does not count', false],
])('with a driver that %s', (_, countsChanges) => {
  const WRITES: Readonly<Record<string, (storage: Storage, lease: Lease) => Promise<void>>> = {
    recordStep: (storage, lease) => storage.recordStep(lease, newStep(), NOW),
    recordProgress: (storage, lease) => storage.recordProgress(lease, '{"current":1}', NOW),
    'settle as completed': (storage, lease) =>
      storage.settle(lease, { status: 'completed', outputJson: '1' }, NOW),
    'settle as failed': (storage, lease) =>
      storage.settle(lease, { status: 'failed', errorJson: '"no"' }, NOW),
    'settle as suspended': (storage, lease) =>
      storage.settle(lease, { status: 'suspended', wakeAt: null }, NOW),
    'settle as released': (storage, lease) => storage.settle(lease, { status: 'released' }, NOW),
  }

  it.each(Object.entries(WRITES))(
    '%s is done under the lease, and done again when repeated',
    async (_, write) => {
      const { storage, lease } = await claimed(countsChanges)
      await write(storage, lease)
      const once = [await storage.getRun(lease.runId), await storage.getSteps(lease.runId)]
      await write(storage, lease)
      expect([await storage.getRun(lease.runId), await storage.getSteps(lease.runId)]).toEqual(once)
    },
  )

  it.each(Object.entries(WRITES))(
    '%s rejects with LEASE_LOST under another, and changes nothing',
    async (_, write) => {
      const { storage, lease } = await claimed(countsChanges)
      const before = await storage.getRun(lease.runId)
      const stale = { ...lease, generation: lease.generation - 1 }
      await expect(write(storage, stale)).rejects.toMatchObject({ code: 'LEASE_LOST', details: stale })
      expect(await storage.getRun(lease.runId)).toEqual(before)
      expect(await storage.getSteps(lease.runId)).toEqual([])
    },
  )
})

async function claimed(
  countsChanges: boolean,
): Promise<{ readonly storage: Storage; readonly lease: Lease }> {
  const storage = await migratedStorage(sqliteDriver({ countsChanges }))
  await storage.enqueue([newRun()], NOW)
  const [claim] = await storage.claim(claimOf())
  if (claim === undefined) throw new Error('Nothing was claimed.')
  return { storage, lease: { runId: claim.run.id, generation: claim.run.generation } }
}
