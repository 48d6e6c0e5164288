import type { AbortSignalLike } from '../defaults/abort.ts'
import type { EventBus } from '../events/bus.ts'
import type { Logger, StepContext } from '../job/step-context.ts'
import type { Attempt } from './attempt.ts'
import { createLogger } from './logger.ts'
import type { ProgressWriter } from './progress-writer.ts'
import type { Steps } from './steps.ts'

/** The context handed to a handler. `run` and `setProgress` may be taken apart from it. */
export class RunContext implements StepContext {
  readonly runId: string
  readonly jobName: string
  readonly labels: Readonly<Record<string, string>>
  readonly generation: number
  readonly run: StepContext['run']
  readonly setProgress: StepContext['setProgress']
  readonly #attempt: Attempt
  readonly #bus: EventBus
  readonly #steps: Steps

  constructor(attempt: Attempt, bus: EventBus, steps: Steps, progress: ProgressWriter) {
    this.runId = attempt.runId
    this.jobName = attempt.about.jobName
    this.labels = attempt.about.labels
    this.generation = attempt.generation
    this.run = (name, body) => steps.run(name, body)
    this.setProgress = (value) => progress.set(value)
    this.#attempt = attempt
    this.#bus = bus
    this.#steps = steps
  }

  get signal(): AbortSignalLike {
    return this.#attempt.signal
  }

  get log(): Logger {
    return createLogger(this.#bus, this.#attempt, () => this.#steps.onlyInFlight)
  }
}
