import { reasonOf } from '../describe.ts'
import { DurablyError, isDurablyError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import type { Backoff } from './backoff.ts'
import { type EnginePorts, publishError } from './engine-ports.ts'

/** What executing runs takes. */
export interface ExecutionPorts extends EnginePorts {
  readonly backoff: Backoff
}

/**
 * Makes a write for an attempt, again and again for as long as its lease may be held. Losing the lease, and an error that waiting
 * does not mend, interrupt the attempt: its run stays as last committed and is taken over when the lease has ended. Storage
 * trouble never fails a run.
 *
 * @param begun the first try, where it was submitted already
 * @throws DurablyError what interrupted the attempt
 */
export async function record(
  write: () => Promise<void>,
  attempt: Attempt,
  { bus, clock, backoff }: ExecutionPorts,
  begun: Promise<void> | null = null,
): Promise<void> {
  let writing = begun
  for (let failures = 1; ; failures++) {
    try {
      return await (writing ?? write())
    } catch (error) {
      writing = null
      if (isDurablyError(error, 'LEASE_LOST')) throw attempt.interrupt(error)
      publishError(bus, error)
      if (!isDurablyError(error))
        throw attempt.interrupt(
          new DurablyError('STORAGE_IO', `The storage failed: ${reasonOf(error)}`, { cause: error }),
        )
      if (!error.retryable || clock.monotonic() >= attempt.leaseHeldUntil) throw attempt.interrupt(error)
      await backoff.pause(failures)
      attempt.throwIfInterrupted()
    }
  }
}
