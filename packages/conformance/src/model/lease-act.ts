import type { Outcome } from '@durably/core'
import type { Operation } from './operation.ts'
import type { Act, Surroundings } from './surroundings.ts'
import { toLease } from './surroundings.ts'

type LeaseOperation = Extract<Operation, { readonly verb: 'recordStep' | 'recordProgress' | 'settle' }>

/** Writes under a lease, held or lost; null: there is none yet. */
export function leaseAct(operation: LeaseOperation, around: Surroundings): Act | null {
  const { now } = around
  const lease = around.chooseLease(operation.lease)
  if (!lease) return null
  switch (operation.verb) {
    case 'recordProgress': {
      const progressJson = `{"current":${operation.current}}`
      return (storage, names) => storage.recordProgress(toLease(lease, names), progressJson, now)
    }
    case 'settle': {
      const outcome = toOutcome(operation.status, operation.sleepMs === null ? null : now + operation.sleepMs)
      return (storage, names) => storage.settle(toLease(lease, names), outcome, now)
    }
    case 'recordStep': {
      const step = {
        name: `step ${operation.step}`,
        digest: '',
        status: operation.failed ? 'failed' : 'completed',
        position: operation.step,
        attempt: around.attempt,
        startedAt: now,
        outputJson: operation.failed ? null : `"at ${now}"`,
        errorJson: operation.failed ? `"at ${now}"` : null,
      } as const
      return (storage, names) => storage.recordStep(toLease(lease, names), step, now)
    }
  }
}

function toOutcome(status: Outcome['status'], wakeAt: number | null): Outcome {
  switch (status) {
    case 'completed':
      return { status, outputJson: '"done"' }
    case 'failed':
      return { status, errorJson: '"no"' }
    case 'suspended':
      return { status, wakeAt }
    case 'released':
      return { status }
  }
}
