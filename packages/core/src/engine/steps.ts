import { DurablyError, type DurablyErrorCode } from '../errors.ts'
import type { StepBody } from '../job/step-context.ts'
import { parse, serialize } from '../json.ts'
import { requireName } from '../limits.ts'
import type { Claim } from '../ports/storage.ts'
import type { Recorded } from '../recorded.ts'
import type { NewStep, StepRecord } from '../run/records.ts'
import { type SerializedError, serializeError } from '../run/serialized-error.ts'
import type { Attempt } from './attempt.ts'
import { elapsedMs } from './elapsed.ts'
import { renew } from './lease-keeper.ts'
import type { ProgressWriter } from './progress-writer.ts'
import { type ExecutionPorts, record } from './record.ts'
import { RunningStep } from './running-step.ts'
import { StepError } from './step-error.ts'

/** The steps of one execution: replays what is recorded, executes and records what is not. */
export class Steps {
  readonly #ports: ExecutionPorts
  readonly #attempt: Attempt
  readonly #progress: ProgressWriter
  /** The last record of each step: the one in force, or the last of the failures a retry made forgotten. */
  readonly #past: ReadonlyMap<string, StepRecord> | null
  readonly #used = new Set<string>()
  readonly #inFlight = new Map<string, Promise<unknown>>()
  #position: number
  /** The step whose body is being called at this very moment. */
  #calling: string | null = null
  #ended = false

  constructor(ports: ExecutionPorts, attempt: Attempt, progress: ProgressWriter, { steps }: Claim) {
    this.#ports = ports
    this.#attempt = attempt
    this.#progress = progress
    // They come by position, then attempt.
    const last = steps.at(-1)
    this.#past = last ? new Map(steps.map((step) => [step.name, step])) : null
    this.#position = last ? last.position + 1 : 0
  }

  /** The only step in flight, or null when there is none or more than one. */
  get onlyInFlight(): string | null {
    const [name = null, another] = this.#inFlight.keys()
    return another === undefined ? name : null
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
    while (this.inFlight) await Promise.allSettled(this.#inFlight.values())
  }

  /** No step may start any more: the handler has ended. */
  end(): void {
    this.#ended = true
  }

  async #run(name: string, body: (step: StepBody) => unknown): Promise<unknown> {
    this.#attempt.throwIfInterrupted()
    this.#requireUsable(name)
    this.#used.add(name)
    const past = this.#past?.get(name)
    if (past && !past.forgotten) return replay(past)
    const execution = this.#execute(name, body, past)
    this.#inFlight.set(name, execution)
    try {
      return await execution
    } finally {
      this.#inFlight.delete(name)
    }
  }

  #requireUsable(name: string): void {
    requireName(name, 'step name', this.#ports.settings.limits)
    if (this.#ended) this.#refuse('CONFLICT', name, 'was started after the handler ended: await it')
    if (this.#calling !== null)
      this.#refuse(
        'STEP_NAME_CONFLICT',
        name,
        `was started inside step "${this.#calling}": start it in the handler`,
      )
    if (this.#used.has(name))
      this.#refuse('STEP_NAME_CONFLICT', name, 'is used twice: put what differs into its name')
  }

  #refuse(code: DurablyErrorCode, name: string, problem: string): never {
    throw new DurablyError(code, `Step "${name}" of job "${this.#attempt.about.jobName}" ${problem}.`)
  }

  async #execute(
    name: string,
    body: (step: StepBody) => unknown,
    past: StepRecord | undefined,
  ): Promise<unknown> {
    const ports = this.#ports
    const attempt = this.#attempt
    const { storage, bus, clock, settings } = ports
    if (clock.monotonic() >= attempt.leaseHeldUntil) {
      // It may have ended unnoticed: a stopped process, a blocked event loop.
      await record(() => renew([attempt], ports), attempt, ports)
      attempt.throwIfInterrupted()
    }
    const position = past?.position ?? this.#position++
    const number = (past?.attempt ?? 0) + 1
    const startedAt = clock.now()
    const began = clock.monotonic()
    const about = { ...attempt.about, stepName: name, index: position, attempt: number }
    bus.publish('step:start', () => about)

    let outputJson: string | null = null
    let failure: SerializedError | null = null
    try {
      const result = await this.#call(body, new RunningStep(name, number, attempt, bus))
      outputJson = serialize(result, `result of step "${name}"`, {
        maxLength: settings.limits.stepLength,
        maxDepth: settings.limits.depth,
        option: 'limits.stepLength',
      })
    } catch (error) {
      failure = serializeError(error, name)
    }
    attempt.throwIfInterrupted()

    const step: NewStep = {
      name,
      digest: '',
      status: failure ? 'failed' : 'completed',
      position,
      attempt: number,
      startedAt,
      outputJson,
      errorJson: failure && JSON.stringify(failure),
    }
    const write = () => {
      this.#progress.flush()
      return storage.recordStep(attempt, step, clock.now())
    }
    await record(write, attempt, ports)
    const durationMs = elapsedMs(clock, began)
    if (failure) {
      const error = failure
      bus.publish('step:fail', () => ({ ...about, error, durationMs }))
      throw new StepError(name, error)
    }
    // Parsed for each: what a listener or the handler does to its own is not seen by the other.
    bus.publish('step:complete', () => ({ ...about, output: parse(outputJson, 'result'), durationMs }))
    return parse(outputJson, 'result')
  }

  #call(body: (step: StepBody) => unknown, step: RunningStep): unknown {
    this.#calling = step.name
    try {
      return body(step)
    } finally {
      this.#calling = null
    }
  }
}

function replay({ name, status, outputJson, errorJson }: StepRecord): unknown {
  if (status === 'completed') return parse(outputJson, `result of step "${name}"`)
  throw new StepError(name, parse(errorJson, `error of step "${name}"`) as SerializedError)
}
