import type { Claim, Lease, Storage } from '@durably/core'
import { describe, expect, it } from 'vitest'
import { claimOf, LEASE_MS, NOW, newRun, newStep, recoveryOf } from './support/requests.ts'
import { migratedStorage } from './support/storage.ts'

// What the waiting lines of concurrency keys have to get right, beyond what the storage suite asks of every storage.

describe('the line of a key', () => {
  it('lets a run of another job go on as soon as the key is free', async () => {
    const storage = await migratedStorage()
    const [first] = await keyed(storage, 'a')
    await claimIds(storage)
    const [second] = await keyed(storage, 'b')
    expect(await claimIds(storage)).toEqual([])
    await settle(storage, first)
    expect(await claimIds(storage)).toEqual([second])
  })

  it('takes the older of two heads of one key, and fills the limit with other runs', async () => {
    const storage = await migratedStorage()
    const [first] = await keyed(storage, 'a')
    await keyed(storage, 'b')
    const [other] = await storage.enqueue([newRun({ jobName: 'a' })], NOW)
    expect(await claimIds(storage, { limit: () => 2 })).toEqual([first, other?.run.id])
  })

  it('is not held up by the older run of a job this worker does not know', async () => {
    const storage = await migratedStorage()
    await keyed(storage, 'unknown')
    const [known] = await keyed(storage, 'a')
    expect(await claimIds(storage, { jobNames: ['a'] })).toEqual([known])
  })

  it.each(['released', 'retried', 'woken'] as const)(
    'puts a run that was %s before the younger ones',
    async (how) => {
      const storage = await migratedStorage()
      const [first, second, third] = await keyed(storage, 'a', 'a', 'a')
      const [claim] = await storage.claim(claimOf({ jobNames: ['a'] }))
      const lease = leaseOf(claim)
      if (how === 'released') await storage.settle(lease, { status: 'released' }, NOW)
      if (how === 'retried') await storage.settle(lease, { status: 'failed', errorJson: '"no"' }, NOW)
      if (how === 'retried') await storage.retry(lease.runId, NOW)
      if (how === 'woken') await storage.settle(lease, { status: 'suspended', wakeAt: NOW + 1 }, NOW)
      if (how === 'woken') await storage.wake(['a'], NOW + 1)
      for (const id of [first, second, third]) {
        expect(await claimIds(storage)).toEqual([id])
        await settle(storage, id)
      }
    },
  )

  it('lets a run that was handed back go before a younger one that woke meanwhile', async () => {
    const storage = await migratedStorage()
    const [first] = await keyed(storage, 'a')
    await claimIds(storage)
    const delayed = newRun({ jobName: 'a', concurrencyKey: 'key', readyAt: NOW + 1 })
    const [second] = await storage.enqueue([delayed], NOW)
    await storage.wake(['a'], NOW + 1)
    await storage.settle(await currentLease(storage, first), { status: 'released' }, NOW + 1)
    expect(await claimIds(storage)).toEqual([first])
    await settle(storage, first)
    expect(await claimIds(storage)).toEqual([second?.run.id])
  })

  it('moves up behind a cancelled head while another job holds the key', async () => {
    const storage = await migratedStorage()
    const [holder] = await keyed(storage, 'a')
    await claimIds(storage)
    const [head, next] = await keyed(storage, 'b', 'b')
    await storage.cancel(head ?? '', NOW)
    await settle(storage, holder)
    expect(await claimIds(storage)).toEqual([next])
  })

  it('moves on when the run that holds the key is poison', async () => {
    const storage = await migratedStorage()
    const [first, second] = await keyed(storage, 'a', 'a')
    await claimIds(storage)
    const recovery = recoveryOf({ jobNames: ['a'], now: NOW + LEASE_MS + 1, maxRecoveries: 0 })
    const { poisoned, claims } = await storage.recover(recovery)
    expect([poisoned.map(({ id }) => id), claims]).toEqual([[first], []])
    expect(await claimIds(storage)).toEqual([second])
  })

  it('stays whole through a random life of its runs', async () => {
    const storage = await migratedStorage()
    const random = seeded(20_260_101)
    const held = new Set<string>()
    let now = NOW
    for (let i = 0; i < 600; i++) {
      now += 1
      const id = [...held][Math.floor(random() * held.size)]
      const move = Math.floor(random() * 8)
      if (move < 3) await keyed(storage, ...['a', 'b', 'a'].slice(0, 1 + Math.floor(random() * 3)))
      else if (move < 5) for (const claimed of await claimIds(storage, { limit: () => 1 })) held.add(claimed)
      else if (id !== undefined) {
        held.delete(id)
        if (move === 5) await settle(storage, id)
        if (move === 6) await storage.settle(await currentLease(storage, id), { status: 'released' }, now)
        if (move === 7) await storage.retry((await storage.cancel(id, now)).run?.id ?? '', now)
      }
    }
    for (const id of held) await settle(storage, id)
    const pending = await storage.getRuns({
      statuses: ['pending'],
      jobNames: null,
      labels: null,
      limit: 1000,
      cursor: null,
    })
    const order: string[] = []
    for (let ids = await claimIds(storage); ids.length > 0; ids = await claimIds(storage)) {
      expect(ids.length).toBe(1)
      for (const claimed of ids) await settle(storage, claimed)
      order.push(...ids)
    }
    expect(order).toEqual(pending.map(({ id }) => id).sort())
  })
})

describe('recoveries in a row', () => {
  const recover = (storage: Storage, now: number) => storage.recover(recoveryOf({ now, maxRecoveries: 2 }))

  it('begin anew after a completed step, also when the run was handed back in between', async () => {
    const storage = await migratedStorage()
    await storage.enqueue([newRun()], NOW)
    await storage.claim(claimOf())
    let now = NOW
    const nextBeat = () => {
      now += LEASE_MS + 1
      return recover(storage, now)
    }
    await nextBeat()
    const lease = leaseOf((await nextBeat()).claims[0])
    await storage.recordStep(lease, newStep(), now)
    await storage.settle(lease, { status: 'released' }, now)
    const [claim] = await storage.claim(claimOf({ now }))
    expect(claim?.run.recoveries).toBe(0)
    expect((await nextBeat()).claims.map(({ run }) => run.recoveries)).toEqual([1])
    expect((await nextBeat()).claims.map(({ run }) => run.recoveries)).toEqual([2])
    expect((await nextBeat()).poisoned.map(({ errorJson }) => errorJson)).toEqual(['"poison"'])
  })

  it('do not begin anew after a failed step', async () => {
    const storage = await migratedStorage()
    await storage.enqueue([newRun()], NOW)
    const [claim] = await storage.claim(claimOf())
    await recover(storage, NOW + LEASE_MS + 1)
    const failed = newStep({ status: 'failed', outputJson: null, errorJson: '"no"' })
    await storage.recordStep({ ...leaseOf(claim), generation: 2 }, failed, NOW)
    const { claims } = await recover(storage, NOW + 2 * LEASE_MS + 2)
    expect(claims.map(({ run }) => run.recoveries)).toEqual([2])
  })
})

async function keyed(storage: Storage, ...jobNames: readonly string[]): Promise<readonly string[]> {
  const runs = jobNames.map((jobName) => newRun({ jobName, concurrencyKey: 'key' }))
  return (await storage.enqueue(runs, NOW)).map(({ run }) => run.id)
}

async function claimIds(
  storage: Storage,
  changes: Parameters<typeof claimOf>[0] = {},
): Promise<readonly string[]> {
  const claims = await storage.claim(claimOf({ jobNames: ['a', 'b'], ...changes }))
  return claims.map(({ run }) => run.id)
}

async function settle(storage: Storage, id: string | undefined): Promise<void> {
  await storage.settle(await currentLease(storage, id), { status: 'completed', outputJson: null }, NOW)
}

async function currentLease(storage: Storage, id: string | undefined): Promise<Lease> {
  const run = await storage.getRun(id ?? '')
  if (run === null) throw new Error(`There is no run ${id}.`)
  return { runId: run.id, generation: run.generation }
}

function leaseOf(claim: Claim | undefined): Lease {
  if (claim === undefined) throw new Error('Nothing was claimed.')
  return { runId: claim.run.id, generation: claim.run.generation }
}

/** Numbers from 0 to below 1, the same ones each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
