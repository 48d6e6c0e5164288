import type { ClaimRequest, NewRun, NewStep, RecoverRequest, RunFilter } from '@durably/core'

/** Where the tests' time begins. */
export const NOW = 1_767_225_600_000

export const LEASE_MS = 30_000

let claims = 0

export function newRun(changes: Partial<NewRun> = {}): NewRun {
  return {
    jobName: 'job',
    inputJson: '{"n":1}',
    idempotencyKey: null,
    concurrencyKey: null,
    labels: null,
    readyAt: null,
    originId: null,
    ...changes,
  }
}

export function newStep(changes: Partial<NewStep> = {}): NewStep {
  return {
    name: 'step',
    digest: '',
    status: 'completed',
    position: 0,
    attempt: 1,
    startedAt: NOW,
    outputJson: '1',
    errorJson: null,
    ...changes,
  }
}

export function claimOf(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  claims++
  return {
    jobNames: ['job'],
    limit: () => 10,
    claimId: `claim ${claims}`,
    now: NOW,
    leaseMs: LEASE_MS,
    ...changes,
  }
}

export function recoveryOf(changes: Partial<RecoverRequest> = {}): RecoverRequest {
  return { ...claimOf(), maxRecoveries: 10, poisonErrorJson: '"poison"', exclusive: false, ...changes }
}

export function filterOf(changes: Partial<RunFilter> = {}): RunFilter {
  return { statuses: null, jobNames: null, labels: null, limit: 50, cursor: null, ...changes }
}
