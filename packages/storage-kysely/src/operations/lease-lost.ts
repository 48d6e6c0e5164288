import { DurablyError, type Lease } from '@durably/core'

/** What a write made for an attempt answers when its lease is gone. Quiet and normal: someone else decided about the run. */
export function leaseLost({ runId, generation }: Lease): DurablyError {
  return new DurablyError(
    'LEASE_LOST',
    `Attempt ${generation} of run ${runId} no longer holds its lease: the run was cancelled, settled or taken over. Nothing was changed.`,
    { details: { runId, generation } },
  )
}
