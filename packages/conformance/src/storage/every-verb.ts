import type { Storage } from '@durably/core'
import { filter, JOB, LEASE_MS, NOW, newRun, newStep, nextClaimId, POISON_ERROR } from './workbench.ts'

/** A verb and a harmless call of it. */
export type VerbCall = readonly [name: string, call: (storage: Storage) => Promise<unknown>]

const LEASE = { runId: 'absent', generation: 1 }
const CLAIM = { jobNames: [JOB], limit: () => 1, now: NOW, leaseMs: LEASE_MS }

/** Every verb that needs tables and an open storage. */
export const EVERY_VERB: readonly VerbCall[] = [
  ['enqueue', (storage) => storage.enqueue([newRun()], NOW)],
  ['claim', (storage) => storage.claim({ ...CLAIM, claimId: nextClaimId() })],
  [
    'recover',
    (storage) =>
      storage.recover({
        ...CLAIM,
        claimId: nextClaimId(),
        maxRecoveries: 1,
        poisonErrorJson: POISON_ERROR,
        exclusive: false,
      }),
  ],
  ['wake', (storage) => storage.wake([JOB], NOW)],
  ['nextDue', (storage) => storage.nextDue([JOB])],
  ['renew', (storage) => storage.renew([LEASE], NOW, LEASE_MS)],
  ['recordStep', (storage) => storage.recordStep(LEASE, newStep(), NOW)],
  ['recordProgress', (storage) => storage.recordProgress(LEASE, '{}', NOW)],
  ['settle', (storage) => storage.settle(LEASE, { status: 'completed', outputJson: null }, NOW)],
  ['cancel', (storage) => storage.cancel(LEASE.runId, NOW)],
  ['retry', (storage) => storage.retry(LEASE.runId, NOW)],
  ['remove', (storage) => storage.remove(LEASE.runId)],
  ['purge', (storage) => storage.purge({ statuses: ['completed'], finishedBefore: NOW, limit: 1 })],
  [
    'appendLogs',
    (storage) =>
      storage.appendLogs([
        { ...LEASE, stepName: null, level: 'info', message: 'hi', dataJson: null, createdAt: NOW },
      ]),
  ],
  ['getRun', (storage) => storage.getRun(LEASE.runId)],
  ['getRuns', (storage) => storage.getRuns(filter())],
  ['getSteps', (storage) => storage.getSteps(LEASE.runId)],
  ['getLogs', (storage) => storage.getLogs(LEASE.runId, { limit: 1, cursor: null })],
]
