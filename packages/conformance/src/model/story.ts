import { ConformanceError, expectEqual } from '../expect.ts'
import type { Call } from './call.ts'
import { toCall } from './call.ts'
import type { Choice, Operation, Turn } from './operation.ts'
import type { Side } from './side.ts'
import { showRuns } from './side.ts'
import type { NamedLease, Surroundings } from './surroundings.ts'

const BEGIN = Date.UTC(2026, 0, 1)

/** A call and what the model answered. */
export interface Played {
  readonly call: Call
  readonly answer: unknown
}

/** The runs and leases that can be named, oldest first, removed and lost ones too. */
interface Known {
  readonly runs: readonly string[]
  readonly leases: readonly NamedLease[]
}

/** A sequence as the model lives it. */
export class Story {
  readonly #model: Side
  readonly #told: string[] = []
  #known: Known = { runs: [], leases: [] }
  #now = BEGIN
  #calls = 0

  constructor(model: Side) {
    this.#model = model
  }

  /** Lets the model execute a turn. Runs and leases it brings forth can be named from the next turn on. */
  async play(turn: Turn): Promise<readonly Played[]> {
    this.#now += turn.clockMovesMs
    const played: Played[] = []
    for (const operation of turn.operations) {
      const call = toCall(operation, await this.#surroundings(operation))
      if (!call) continue
      for (let times = turn.repeated && call.repeatable ? 2 : 1; times > 0; times--) {
        this.#told.push(`${this.#now - BEGIN} ms: ${JSON.stringify(operation)}`)
        played.push({ call, answer: await call.perform(this.#model.storage, this.#model.names) })
      }
    }
    await this.#learn()
    return played
  }

  /** @throws ConformanceError with the calls so far */
  compare(actual: unknown, expected: unknown, what: string): void {
    try {
      expectEqual(actual, expected, what)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new ConformanceError(`${message}\nafter these calls:\n  ${this.#told.join('\n  ')}`)
    }
  }

  async #surroundings(operation: Operation): Promise<Surroundings> {
    this.#calls += 1
    this.#now += 1
    const call = this.#calls
    const { runs, leases } = this.#known
    const stored = new Map((await showRuns(this.#model)).map((run) => [run.id, run]))
    const chooseLease = (choice: Choice) =>
      choose(choice, leases, ({ run, generation }) => {
        const { status, generation: present } = stored.get(run) ?? {}
        return status === 'running' && generation === present
      })
    return {
      now: this.#now,
      claimId: `claim ${call}`,
      chooseRun: (choice, fitting) =>
        choose(choice, runs, (name) => fitting.some((status) => status === stored.get(name)?.status)),
      chooseLease,
      nextNames: (count) => Array.from({ length: count }, (_, index) => `run ${index} of call ${call}`),
      attempt:
        operation.verb === 'recordStep'
          ? await this.#nextAttempt(chooseLease(operation.lease), operation.step)
          : 1,
    }
  }

  async #nextAttempt(lease: NamedLease | null, position: number): Promise<number> {
    if (!lease) return 1
    const steps = await this.#model.storage.getSteps(this.#model.names.idOf(lease.run))
    return steps.filter((step) => step.position === position).length + 1
  }

  async #learn(): Promise<void> {
    const runs = [...this.#known.runs]
    const leases = [...this.#known.leases]
    for (const { id: run, status, generation } of (await showRuns(this.#model)).toReversed()) {
      if (!runs.includes(run)) runs.push(run)
      const isKnown = leases.some((lease) => lease.run === run && lease.generation === generation)
      if (status === 'running' && !isKnown) leases.push({ run, generation })
    }
    this.#known = { runs, leases }
  }
}

function choose<Item>(choice: Choice, items: readonly Item[], fits: (item: Item) => boolean): Item | null {
  const fitting = choice.fitting ? items.filter(fits) : []
  const candidates = fitting.length > 0 ? fitting : items
  return candidates.at(-1 - (choice.recent % Math.max(1, candidates.length))) ?? null
}
