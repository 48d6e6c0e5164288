import { DurablyError, isDurablyError } from '../errors.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import type { Claim, ClaimRequest } from '../ports/storage.ts'
import { Attempt } from './attempt.ts'
import { Backoff } from './backoff.ts'
import { type EnginePorts, isFatal, publishTrouble } from './engine-ports.ts'
import { execute } from './executor.ts'
import { LeaseKeeper, leaseLost } from './lease-keeper.ts'
import { recoverRuns } from './recovery.ts'
import { type Reservation, Slots } from './slots.ts'

/** How a dispatcher works. */
export interface DispatcherOptions {
  /** How many runs may still be taken; asked whenever a claim is put together. */
  readonly allowance: () => number
  /** Called when claiming failed. True: wait and try again; false: give up. */
  readonly onTrouble: (error: unknown) => boolean
  /** Told of each run that is taken. */
  readonly onTaken: (runId: string) => void
}

/**
 * Takes due runs and executes them, at most `concurrency` at a time. It asks for the next run in the turn in which one is
 * settled, so that both share a commit, and has at most one claim under way.
 */
export class Dispatcher {
  readonly #ports: EnginePorts
  readonly #options: DispatcherOptions
  readonly #slots: Slots
  readonly #keeper: LeaseKeeper
  readonly #backoff: Backoff
  readonly #id: string
  #claims = 0
  #open = true
  #executing = 0
  #abandoned = false
  #claiming = false
  #recovering = false
  /** The last recovery found every slot in use. */
  #recoveryOwed = false
  #wanted = false
  #cancelBeat: CancelTimer | null = null
  #drained: (() => void)[] = []

  constructor(ports: EnginePorts, options: DispatcherOptions) {
    this.#ports = ports
    this.#options = options
    this.#slots = new Slots(ports.settings.concurrency, options.allowance)
    this.#keeper = new LeaseKeeper(ports)
    this.#backoff = new Backoff(ports.scheduler, ports.random)
    this.#id = ports.random().toString(36).slice(2, 10) + ports.random().toString(36).slice(2, 10)
    this.#planBeat()
  }

  /** Are runs still claimed? */
  get open(): boolean {
    return this.#open
  }

  /**
   * Asks for runs. A request made while a claim is under way is kept: what it hopes for may have been submitted behind that claim,
   * or a recovery may hold the slots it needs.
   */
  request(): void {
    if (!this.#open) return
    // Before the claim, so that a backlog does not take every slot for ever.
    if (this.#recoveryOwed && this.#slots.free > 0) void this.recover(false)
    if (this.#claiming || (this.#recovering && this.#slots.free <= 0)) this.#wanted = true
    else if (this.#slots.free > 0) void this.#claim()
  }

  /** Takes over runs whose owner is gone, and fails those that are poison. */
  async recover(exclusive: boolean): Promise<void> {
    if (!this.#open || this.#recovering || this.#ports.registry.names.length === 0) return
    this.#recovering = true
    this.#recoveryOwed = false
    const reservation = this.#slots.reservation()
    try {
      const sentAt = this.#ports.clock.monotonic()
      const claims = await recoverRuns(this.#newRequest(reservation), exclusive, this.#ports)
      await this.#begin(claims, sentAt)
    } catch (error) {
      publishTrouble(this.#ports, error)
    } finally {
      this.#recoveryOwed = reservation.size === 0
      reservation.end()
      this.#recovering = false
      this.#requestAgain()
      this.#checkDrained()
    }
  }

  /** A run this dispatcher may be executing was taken away. */
  interrupt(runId: string, reason: DurablyError): void {
    this.#keeper.interrupt(runId, reason)
  }

  /** Claims nothing more. Runs in progress go on. */
  close(): void {
    this.#open = false
    this.#backoff.cut()
  }

  /** Resolves when nothing is executed, claimed or recovered any more. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained.push(resolve)
      this.#checkDrained()
    })
  }

  /** Aborts what is still executed and hands it back, so that another worker goes on at once. */
  async abandon(): Promise<void> {
    this.close()
    await this.#handBack([...this.#keeper.held])
    // Handlers that ignore their signal are not waited for.
    this.#abandoned = true
    this.#checkDrained()
  }

  /** Interrupts what is still executed and writes nothing: the database has another owner now. */
  depose(): void {
    this.close()
    for (const attempt of this.#keeper.held) attempt.interrupt(leaseLost(attempt.runId))
    this.#abandoned = true
    this.#checkDrained()
  }

  /** Ends the beat. */
  dispose(): void {
    this.close()
    this.#cancelBeat?.()
    this.#cancelBeat = null
  }

  async #claim(): Promise<void> {
    this.#claiming = true
    const { storage, clock, registry, ready } = this.#ports
    const reservation = this.#slots.reservation()
    // The same at every try: a claim whose answer was lost is repeated, and answers the same runs.
    const request = this.#newRequest(reservation)
    for (let failures = 0; this.#open; ) {
      try {
        const waiting = ready()
        if (waiting !== null) await waiting
        if (registry.names.length === 0) break
        const sentAt = clock.monotonic()
        const claims = await storage.claim({ ...request, jobNames: registry.names, now: clock.now() })
        // A full answer may have left more behind; a short one has emptied the line.
        if (claims.length === reservation.size) this.#wanted = true
        await this.#begin(claims, sentAt)
        break
      } catch (error) {
        if (!this.#open || !this.#options.onTrouble(error) || !isDurablyError(error) || isFatal(error)) break
        await this.#backoff.pause(++failures)
      } finally {
        reservation.end()
      }
    }
    this.#claiming = false
    this.#requestAgain()
    this.#checkDrained()
  }

  /** Makes the request that was kept. */
  #requestAgain(): void {
    if (!this.#wanted || this.#claiming) return
    this.#wanted = false
    this.request()
  }

  /** Executes what was taken; hands it back when the dispatcher was closed meanwhile. */
  async #begin(claims: readonly Claim[], sentAt: number): Promise<void> {
    const heldUntil = sentAt + this.#ports.settings.staleThreshold
    const attempts = claims.map(
      ({ run }) => new Attempt({ runId: run.id, generation: run.generation }, heldUntil),
    )
    if (!this.#open) return this.#handBack(attempts)
    for (const [index, attempt] of attempts.entries()) {
      this.#options.onTaken(attempt.runId)
      void this.#execute(claims[index] as Claim, attempt)
    }
  }

  async #execute(claim: Claim, attempt: Attempt): Promise<void> {
    const job = this.#ports.registry.get(claim.run.jobName)
    if (!job) return
    this.#keeper.hold(attempt)
    this.#slots.occupy()
    this.#executing++
    const free = () => {
      this.#slots.vacate()
      this.request()
    }
    try {
      await execute({
        claim,
        job,
        attempt,
        ports: this.#ports,
        keeper: this.#keeper,
        backoff: this.#backoff,
        free,
      })
    } finally {
      this.#keeper.drop(attempt)
      this.#executing--
      this.#checkDrained()
    }
  }

  async #handBack(attempts: readonly Attempt[]): Promise<void> {
    const { storage, clock, bus } = this.#ports
    const stopped = new DurablyError(
      'STOPPED',
      'The worker was stopped before the run had ended; another one continues it.',
    )
    const releases = attempts.map(async (attempt) => {
      attempt.interrupt(stopped)
      try {
        await storage.settle(attempt, { status: 'released' }, clock.now())
      } catch (error) {
        if (!isDurablyError(error, 'LEASE_LOST')) bus.publish('worker:error', () => ({ error }))
      }
    })
    await Promise.all(releases)
  }

  #newRequest(reservation: Reservation): ClaimRequest {
    const { clock, registry, settings } = this.#ports
    return {
      jobNames: registry.names,
      limit: () => (this.#open ? reservation.take() : 0),
      claimId: `${this.#id}-${++this.#claims}`,
      now: clock.now(),
      leaseMs: settings.staleThreshold,
    }
  }

  #planBeat(): void {
    this.#cancelBeat = this.#ports.scheduler.after(this.#ports.settings.heartbeatInterval, () => {
      this.#planBeat()
      void this.#keeper.renewAll()
      void this.recover(false)
    })
  }

  #checkDrained(): void {
    if (!this.#abandoned && (this.#executing > 0 || this.#claiming || this.#recovering)) return
    const waiting = this.#drained
    this.#drained = []
    for (const resolve of waiting) resolve()
  }
}
