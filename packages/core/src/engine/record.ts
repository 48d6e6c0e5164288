import { DurablyError, isDurablyError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import type { Backoff } from './backoff.ts'
import type { EnginePorts } from './engine-ports.ts'

/**
 * Repeats a write whose first try failed, for as long as the lease may be held. Losing the lease, and an error that waiting does
 * not mend, interrupt the attempt: its run stays as last committed and is taken over when the lease has ended. Storage trouble
 * never fails a run.
 *
 * @throws DurablyError what interrupted the attempt
 */
export async function recordAgain(
  write: () => Promise<void>,
  firstError: unknown,
  attempt: Attempt,
  ports: EnginePorts,
  backoff: Backoff,
): Promise<void> {
  let error = firstError
  for (let failures = 1; ; failures++) {
    if (isDurablyError(error, 'LEASE_LOST')) throw interrupt(attempt, error)
    const trouble = error
    ports.bus.publish('worker:error', () => ({ error: trouble }))
    const mayMend =
      isDurablyError(error) && error.retryable && ports.clock.monotonic() < attempt.leaseHeldUntil
    if (!mayMend) throw interrupt(attempt, toDurablyError(error))
    await backoff.pause(failures)
    attempt.throwIfInterrupted()
    try {
      return await write()
    } catch (next) {
      error = next
    }
  }
}

function interrupt(attempt: Attempt, reason: DurablyError): DurablyError {
  attempt.interrupt(reason)
  return attempt.interruption ?? reason
}

function toDurablyError(error: unknown): DurablyError {
  if (isDurablyError(error)) return error
  return new DurablyError(
    'STORAGE_IO',
    `The storage failed: ${error instanceof Error ? error.message : String(error)}`,
    {
      cause: error,
    },
  )
}
