import { DurablyError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import { type EnginePorts, publishError } from './engine-ports.ts'

/**
 * Keeps the leases of running attempts alive, all with one write each time the answered function is called. A renewal that is
 * refused costs nothing yet: the next call tries again; one under way is waited for.
 */
export function createLeaseKeeper(held: ReadonlySet<Attempt>, ports: EnginePorts): () => Promise<void> {
  let renewing = false
  return async () => {
    if (renewing || held.size === 0) return
    renewing = true
    try {
      await renew([...held], ports)
    } catch (error) {
      publishError(ports.bus, error)
    }
    renewing = false
  }
}

/** Renews leases, and interrupts the attempts that have lost theirs. @throws what the storage answered */
export async function renew(attempts: readonly Attempt[], ports: EnginePorts): Promise<void> {
  const { storage, clock, settings } = ports
  const heldUntil = clock.monotonic() + settings.staleThreshold
  const leases = attempts.map(({ runId, generation }) => ({ runId, generation }))
  const renewed = await storage.renew(leases, clock.now(), settings.staleThreshold)
  const generations = new Map(renewed.map((lease) => [lease.runId, lease.generation]))
  for (const attempt of attempts) {
    if (generations.get(attempt.runId) === attempt.generation) attempt.leaseHeldUntil = heldUntil
    else loseLease(attempt)
  }
}

/** Interrupts an attempt whose lease is gone. */
export function loseLease(attempt: Attempt): void {
  const { runId } = attempt
  attempt.interrupt(
    new DurablyError('LEASE_LOST', `Run ${runId} was cancelled or taken over.`, {
      details: { runId },
    }),
  )
}
