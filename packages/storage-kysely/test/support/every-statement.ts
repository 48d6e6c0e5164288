import { RUN_STATUSES, type Storage } from '@durably/core'
import type { Statement } from '../../src/driver.ts'
import { kyselyStorage } from '../../src/kysely-storage.ts'
import { recordingDriver } from './recording-driver.ts'
import { claimOf, filterOf, LEASE_MS, NOW, newRun, newStep, recoveryOf } from './requests.ts'
import { sqliteDriver } from './sqlite-driver.ts'

/** Every statement the verbs are made of, by its text, with values as they are really bound. Migrations are left out. */
export async function everyStatement(): Promise<ReadonlyMap<string, Statement>> {
  const batches: (readonly Statement[])[] = []
  for (const countsChanges of [true, false]) {
    const recorded: (readonly Statement[])[] = []
    const storage = kyselyStorage({ driver: recordingDriver(sqliteDriver({ countsChanges }), recorded) })
    await storage.migrate()
    await storage.getRun('')
    recorded.length = 0
    await useEveryVerb(storage)
    await storage.close()
    batches.push(...recorded)
  }
  return new Map(batches.flat().map((statement) => [statement.sql, statement]))
}

async function useEveryVerb(storage: Storage): Promise<void> {
  const keys = { concurrencyKey: 'key', idempotencyKey: 'once', labels: { team: 'a', tier: 'b' } }
  await storage.enqueue([newRun()], NOW)
  await storage.enqueue([newRun(), newRun({ readyAt: NOW + 1 })], NOW)
  await storage.enqueue(
    [newRun(keys), newRun(), newRun({ concurrencyKey: 'key' }), newRun({ readyAt: NOW + 1 })],
    NOW,
  )
  const claims = await storage.claim(claimOf({ limit: () => 4 }))
  const leases = claims.map(({ run }) => ({ runId: run.id, generation: run.generation }))
  for (const [i, lease] of leases.entries()) {
    await storage.recordStep(lease, newStep(), NOW)
    await storage.recordProgress(lease, '{}', NOW)
    const outcome = (
      [
        { status: 'completed', outputJson: '1' },
        { status: 'released' },
        { status: 'failed', errorJson: '"no"' },
      ] as const
    )[i]
    if (outcome !== undefined) await storage.settle(lease, outcome, NOW)
    await storage.appendLogs([
      { ...lease, stepName: 'step', level: 'info', message: 'hi', dataJson: null, createdAt: NOW },
    ])
  }
  await storage.renew(leases, NOW, LEASE_MS)
  const recovered = await storage.recover(recoveryOf({ now: NOW + LEASE_MS + 1 }))
  for (const { run } of recovered.claims) {
    await storage.settle(
      { runId: run.id, generation: run.generation },
      { status: 'suspended', wakeAt: NOW },
      NOW,
    )
  }
  await storage.wake(['job'], NOW + 1)
  await storage.nextDue(['job'])
  for (const { runId } of leases) {
    await storage.retry(runId, NOW)
    await storage.cancel(runId, NOW)
    await storage.getRun(runId)
    await storage.getSteps(runId)
    await storage.getLogs(runId, { limit: 10, cursor: null })
  }
  await storage.getRuns(filterOf())
  await storage.getRuns(filterOf({ statuses: RUN_STATUSES }))
  await storage.getRuns(filterOf({ jobNames: ['job'] }))
  await storage.getRuns(filterOf({ labels: keys.labels }))
  await storage.remove(leases[0]?.runId ?? '')
  await storage.purge({ statuses: ['completed', 'failed', 'cancelled'], finishedBefore: NOW + 1, limit: 10 })
}
