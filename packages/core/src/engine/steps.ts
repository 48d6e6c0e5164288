import { DurablyError } from '../errors.ts'
import type { StepBody } from '../job/step-context.ts'
import { parse, serialize } from '../json.ts'
import { requireName } from '../limits.ts'
import type { Claim } from '../ports/storage.ts'
import type { Recorded } from '../recorded.ts'
import type { NewStep, StepRecord } from '../run/records.ts'
import { type SerializedError, serializeError } from '../run/serialized-error.ts'
import type { Attempt } from './attempt.ts'
import type { Backoff } from './backoff.ts'
import { elapsedMs } from './elapsed.ts'
import type { EnginePorts } from './engine-ports.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { LogSource } from './logger.ts'
import type { ProgressWriter } from './progress-writer.ts'
import { recordAgain } from './record.ts'
import { indexSteps, nextPosition, type PastStep } from './recorded-steps.ts'
import { RunningStep } from './running-step.ts'
import { StepError } from './step-error.ts'

/** What the steps of one execution share. */
export interface StepsPorts {
  readonly engine: EnginePorts
  readonly keeper: LeaseKeeper
  readonly backoff: Backoff
  readonly attempt: Attempt
  readonly source: LogSource
  readonly progress: ProgressWriter
}

/** The steps of one execution: replays what is recorded, executes and records what is not. */
export class Steps {
  readonly #ports: StepsPorts
  readonly #past: ReadonlyMap<string, PastStep> | null
  readonly #used = new Set<string>()
  readonly #inFlight = new Map<string, Promise<unknown>>()
  #position: number
  /** The step whose body is being called at this very moment. */
  #calling: string | null = null
  #ended = false

  constructor(ports: StepsPorts, claim: Claim) {
    this.#ports = ports
    this.#past = claim.steps.length > 0 ? indexSteps(claim.steps) : null
    this.#position = nextPosition(claim.steps)
  }

  /** The only step in flight, or null when there is none or more than one. */
  get onlyInFlight(): string | null {
    if (this.#inFlight.size !== 1) return null
    const [name] = this.#inFlight.keys()
    return name ?? null
  }

  run<T>(name: string, body: (step: StepBody) => T): Promise<Recorded<Awaited<T>>> {
    const result = this.#run(name, body)
    // A step nobody awaits must not become an unhandled rejection; whoever does await still sees the error.
    result.catch(() => {})
    return result as Promise<Recorded<Awaited<T>>>
  }

  /** Has a body been started that is not recorded yet? */
  get inFlight(): boolean {
    return this.#inFlight.size > 0
  }

  /** Resolves when every body that was started has ended and is recorded. */
  async drain(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight.values())
  }

  /** No step may start any more: the handler has ended. */
  end(): void {
    this.#ended = true
  }

  async #run(name: string, body: (step: StepBody) => unknown): Promise<unknown> {
    this.#ports.attempt.throwIfInterrupted()
    this.#requireUsable(name)
    this.#used.add(name)
    const past = this.#past?.get(name)
    if (past?.inForce) return replay(past.inForce)
    const execution = this.#execute(name, body, past)
    this.#inFlight.set(name, execution)
    try {
      return await execution
    } finally {
      this.#inFlight.delete(name)
    }
  }

  #requireUsable(name: string): void {
    requireName(name, 'step name', this.#ports.engine.settings.limits)
    const { jobName } = this.#ports.source
    if (this.#ended) {
      throw new DurablyError(
        'CONFLICT',
        `Step "${name}" of job "${jobName}" was started after the handler had ended. Await every step.`,
      )
    }
    if (this.#calling !== null) {
      throw new DurablyError(
        'STEP_NAME_CONFLICT',
        `Step "${name}" of job "${jobName}" was started inside the body of step "${this.#calling}". Steps cannot be nested: start it in the handler.`,
      )
    }
    if (this.#used.has(name)) {
      throw new DurablyError(
        'STEP_NAME_CONFLICT',
        `The step name "${name}" is used twice in one execution of job "${jobName}". In a loop, put what differs into the name: \`fetch-\${id}\`.`,
      )
    }
  }

  async #execute(
    name: string,
    body: (step: StepBody) => unknown,
    past: PastStep | undefined,
  ): Promise<unknown> {
    const { engine, attempt, source, keeper } = this.#ports
    const { bus, clock, settings } = engine
    if (clock.monotonic() >= attempt.leaseHeldUntil) await keeper.renewIfDoubtful(attempt)
    const position = past?.position ?? this.#position++
    const number = (past?.failures ?? 0) + 1
    const startedAt = clock.now()
    const began = clock.monotonic()
    const about = {
      runId: source.runId,
      jobName: source.jobName,
      labels: source.labels,
      stepName: name,
      index: position,
      attempt: number,
    }
    bus.publish('step:start', () => about)

    let outputJson: string | null = null
    let failure: SerializedError | null = null
    try {
      const result = await this.#call(body, new RunningStep(name, number, attempt, source, bus))
      outputJson = serialize(result, `result of step "${name}"`, {
        maxLength: settings.limits.stepLength,
        maxDepth: settings.limits.depth,
      })
    } catch (error) {
      failure = serializeError(error, name)
    }
    attempt.throwIfInterrupted()

    const errorJson = failure && JSON.stringify(failure)
    await this.#record({
      name,
      digest: '',
      status: failure ? 'failed' : 'completed',
      position,
      attempt: number,
      startedAt,
      outputJson,
      errorJson,
    })
    const durationMs = elapsedMs(clock, began)
    if (failure) {
      const error = failure
      bus.publish('step:fail', () => ({ ...about, error, durationMs }))
      throw new StepError(name, error)
    }
    const output = parse(outputJson, 'result')
    bus.publish('step:complete', () => ({ ...about, output, durationMs }))
    return output
  }

  #call(body: (step: StepBody) => unknown, step: RunningStep): unknown {
    this.#calling = step.name
    try {
      return body(step)
    } finally {
      this.#calling = null
    }
  }

  async #record(step: NewStep): Promise<void> {
    const { engine, attempt, progress, backoff } = this.#ports
    const write = () => engine.storage.recordStep(attempt, step, engine.clock.now())
    progress.flush()
    try {
      await write()
    } catch (error) {
      await recordAgain(write, error, attempt, engine, backoff)
    }
  }
}

function replay(record: StepRecord): unknown {
  if (record.status === 'completed') return parse(record.outputJson, `result of step "${record.name}"`)
  const error = parse(record.errorJson, `error of step "${record.name}"`) as SerializedError
  throw new StepError(record.name, error)
}
