import { DurablyError, isDurablyError } from '../errors.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import type { Claim } from '../ports/storage.ts'
import { toLabels } from '../run/run.ts'
import { serializeError } from '../run/serialized-error.ts'
import { Attempt } from './attempt.ts'
import { Backoff } from './backoff.ts'
import { type EnginePorts, isFatal, publishTrouble } from './engine-ports.ts'
import { execute } from './executor.ts'
import { LeaseKeeper, leaseLost } from './lease-keeper.ts'
import { Slots } from './slots.ts'

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
   * Asks for runs. A request made while a claim is under way is kept: what it hopes for may have been submitted behind that claim.
   */
  request(): void {
    if (!this.#open) return
    if (this.#claiming) this.#wanted = true
    else if (this.#slots.free > 0) void this.#claim()
  }

  /** Takes over runs whose owner is gone, and fails those that are poison. */
  async recover(exclusive: boolean): Promise<void> {
    if (!this.#open || this.#recovering || this.#ports.registry.names.length === 0) return
    this.#recovering = true
    const { storage, clock, registry, settings } = this.#ports
    const reservation = this.#slots.reservation()
    try {
      const sentAt = clock.monotonic()
      const { claims, poisoned } = await storage.recover({
        jobNames: registry.names,
        limit: () => (this.#open ? reservation.take() : 0),
        claimId: this.#newClaimId(),
        now: clock.now(),
        leaseMs: settings.staleThreshold,
        maxRecoveries: settings.maxRecoveries,
        poisonErrorJson: poisonErrorJson(settings.maxRecoveries),
        exclusive,
      })
      for (const run of poisoned) this.#reportPoisoned(run)
      this.#begin(claims, sentAt, true)
    } catch (error) {
      publishTrouble(this.#ports, error)
    } finally {
      reservation.end()
      this.#recovering = false
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
    const { storage, clock, bus } = this.#ports
    const stopped = new DurablyError(
      'STOPPED',
      'The worker was stopped before the run had ended; another one continues it.',
    )
    const releases = [...this.#keeper.held].map(async (attempt) => {
      attempt.interrupt(stopped)
      try {
        await storage.settle(attempt, { status: 'released' }, clock.now())
      } catch (error) {
        if (!isDurablyError(error, 'LEASE_LOST')) bus.publish('worker:error', () => ({ error }))
      }
    })
    await Promise.all(releases)
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
    const { storage, clock, registry, settings, ready } = this.#ports
    const claimId = this.#newClaimId()
    const reservation = this.#slots.reservation()
    for (let failures = 0; this.#open; ) {
      try {
        const waiting = ready()
        if (waiting !== null) await waiting
        if (registry.names.length === 0) break
        const sentAt = clock.monotonic()
        const claims = await storage.claim({
          jobNames: registry.names,
          limit: () => (this.#open ? reservation.take() : 0),
          claimId,
          now: clock.now(),
          leaseMs: settings.staleThreshold,
        })
        // A full answer may have left more behind; a short one has emptied the line.
        if (claims.length === reservation.size) this.#wanted = true
        this.#begin(claims, sentAt, false)
        break
      } catch (error) {
        if (!this.#open || !this.#options.onTrouble(error) || !isDurablyError(error) || isFatal(error)) break
        await this.#backoff.pause(++failures)
      } finally {
        reservation.end()
      }
    }
    this.#claiming = false
    if (this.#wanted) {
      this.#wanted = false
      this.request()
    }
    this.#checkDrained()
  }

  #begin(claims: readonly Claim[], sentAt: number, recovered: boolean): void {
    for (const claim of claims) {
      const attempt = new Attempt(
        { runId: claim.run.id, generation: claim.run.generation },
        sentAt + this.#ports.settings.staleThreshold,
      )
      this.#options.onTaken(claim.run.id)
      if (recovered) this.#reportRecovered(claim)
      void this.#execute(claim, attempt)
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

  #newClaimId(): string {
    return `${this.#id}-${++this.#claims}`
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

  #reportRecovered({ run }: Claim): void {
    this.#ports.bus.publish('run:recover', () => ({
      runId: run.id,
      jobName: run.jobName,
      labels: toLabels(run.labelsJson),
      generation: run.generation,
      recoveries: run.recoveries,
    }))
  }

  #reportPoisoned(run: Claim['run']): void {
    this.#ports.bus.publish('run:fail', () => ({
      runId: run.id,
      jobName: run.jobName,
      labels: toLabels(run.labelsJson),
      error: JSON.parse(run.errorJson ?? '{}'),
      durationMs: 0,
    }))
  }
}

function poisonErrorJson(maxRecoveries: number): string {
  const message = `The run was taken over ${maxRecoveries} times in a row without recording a step: it takes its worker down each time. Its steps are kept; retry it once the cause is mended.`
  const { name, message: text, code } = serializeError(new DurablyError('POISON_RUN', message))
  return JSON.stringify({ name, message: text, code })
}
