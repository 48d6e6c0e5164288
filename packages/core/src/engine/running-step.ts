import type { AbortSignalLike } from '../defaults/abort.ts'
import type { EventBus } from '../events/bus.ts'
import type { Logger, StepBody } from '../job/step-context.ts'
import type { Attempt } from './attempt.ts'
import { createLogger } from './logger.ts'

/** What the body of a step in flight gets. Signal and logger are made when they are asked for: most bodies use neither. */
export class RunningStep implements StepBody {
  readonly name: string
  readonly attempt: number
  readonly #attempt: Attempt
  readonly #bus: EventBus

  constructor(name: string, number: number, attempt: Attempt, bus: EventBus) {
    this.name = name
    this.attempt = number
    this.#attempt = attempt
    this.#bus = bus
  }

  get signal(): AbortSignalLike {
    return this.#attempt.signal
  }

  get key(): string {
    return `${this.#attempt.runId}:${this.name}`
  }

  get generation(): number {
    return this.#attempt.generation
  }

  get log(): Logger {
    return createLogger(this.#bus, this.#attempt, () => this.name)
  }
}
