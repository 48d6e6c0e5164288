import type { CancelTimer } from '../ports/scheduler.ts'
import { type EnginePorts, publishTrouble } from './engine-ports.ts'

/** Wakes delayed and sleeping runs when their time has come. */
export class DueTimer {
  readonly #ports: EnginePorts
  readonly #onWoken: () => void
  #cancel: CancelTimer | null = null
  #plannedFor = Number.POSITIVE_INFINITY
  #plans = 0
  #asking = false
  #open = true

  /** @param onWoken called in the turn in which the waking is submitted: a claim made then shares its commit */
  constructor(ports: EnginePorts, onWoken: () => void) {
    this.#ports = ports
    this.#onWoken = onWoken
  }

  /** Reads when the next run is due and plans for it; wakes at once what is due already. */
  async ask(): Promise<void> {
    if (this.#asking || !this.#open) return
    this.#asking = true
    try {
      const { storage, registry, clock } = this.#ports
      if (registry.names.length === 0) return
      const plansBefore = this.#plans
      const dueAt = await storage.nextDue(registry.names)
      // A run stored meanwhile may be missing in the answer.
      if (plansBefore !== this.#plans) return this.#askSoon()
      // A clock that was set back or forward moved every plan: the newest answer replaces it.
      this.#forget()
      if (dueAt === null || !this.#open) return
      if (dueAt > clock.now()) return this.#planFor(dueAt)
      const woken = storage.wake(registry.names, clock.now())
      this.#onWoken()
      await woken
      this.#askSoon()
    } catch (error) {
      publishTrouble(this.#ports, error)
    } finally {
      this.#asking = false
    }
  }

  /** Plans for a run known to be due then. */
  plan(dueAt: number): void {
    this.#plans++
    this.#planFor(dueAt)
  }

  #planFor(dueAt: number): void {
    if (!this.#open || dueAt >= this.#plannedFor) return
    this.#forget()
    this.#plannedFor = dueAt
    this.#cancel = this.#ports.scheduler.after(dueAt - this.#ports.clock.now(), () => {
      this.#forget()
      void this.ask()
    })
  }

  close(): void {
    this.#open = false
    this.#forget()
  }

  /** More may be due than one wake takes, or than the last answer knew. */
  #askSoon(): void {
    if (!this.#open) return
    this.#forget()
    this.#cancel = this.#ports.scheduler.after(0, () => {
      this.#forget()
      void this.ask()
    })
  }

  #forget(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#plannedFor = Number.POSITIVE_INFINITY
  }
}
