import { DurablyError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import type { EnginePorts } from './engine-ports.ts'

/** Keeps the leases of running attempts alive, all with one write, and tells those that lost theirs. */
export class LeaseKeeper {
  readonly #ports: EnginePorts
  readonly #held = new Map<string, Attempt>()
  #renewing = false

  constructor(ports: EnginePorts) {
    this.#ports = ports
  }

  get held(): IterableIterator<Attempt> {
    return this.#held.values()
  }

  get size(): number {
    return this.#held.size
  }

  hold(attempt: Attempt): void {
    this.#held.set(attempt.runId, attempt)
  }

  drop(attempt: Attempt): void {
    if (this.#held.get(attempt.runId) === attempt) this.#held.delete(attempt.runId)
  }

  interrupt(runId: string, reason: DurablyError): void {
    this.#held.get(runId)?.interrupt(reason)
  }

  /** Renews every lease. A storage that does not answer costs nothing yet: the next beat tries again. */
  async renewAll(): Promise<void> {
    if (this.#renewing || this.#held.size === 0) return
    this.#renewing = true
    try {
      await this.#renew([...this.#held.values()])
    } catch (error) {
      this.#ports.bus.publish('worker:error', () => ({ error }))
    } finally {
      this.#renewing = false
    }
  }

  /**
   * Renews a lease that may have ended unnoticed (a stopped process, a blocked event loop) before more work is done under it.
   *
   * @throws DurablyError `LEASE_LOST`, or what the storage answered
   */
  async renewIfDoubtful(attempt: Attempt): Promise<void> {
    if (this.#ports.clock.monotonic() < attempt.leaseHeldUntil) return
    await this.#renew([attempt])
    attempt.throwIfInterrupted()
  }

  async #renew(attempts: readonly Attempt[]): Promise<void> {
    const { storage, clock, settings } = this.#ports
    const sentAt = clock.monotonic()
    const leases = attempts.map(({ runId, generation }) => ({ runId, generation }))
    const renewed = await storage.renew(leases, clock.now(), settings.staleThreshold)
    const generations = new Map(renewed.map((lease) => [lease.runId, lease.generation]))
    for (const attempt of attempts) {
      if (generations.get(attempt.runId) === attempt.generation)
        attempt.leaseHeldUntil = sentAt + settings.staleThreshold
      else attempt.interrupt(leaseLost(attempt.runId))
    }
  }
}

/** Why an attempt ends whose lease is gone. */
export function leaseLost(runId: string): DurablyError {
  return new DurablyError(
    'LEASE_LOST',
    `The lease of run ${runId} is lost: the run was cancelled, or another worker took it over.`,
    { details: { runId } },
  )
}
