import type { Storage } from '@durably/core'
import { memoryStorage } from '@durably/core/testing'
import { ConformanceError, expectEqual } from '../expect.ts'
import type { Call, NamedLease, Surroundings } from './call.ts'
import { showSteps, toCall } from './call.ts'
import { Names } from './names.ts'
import type { Operation, Turn } from './operation.ts'
import { JOBS } from './operation.ts'

const BEGIN = Date.UTC(2026, 0, 1)
const ALL = 10_000

/** A storage and its ids. */
interface Side {
  readonly storage: Storage
  readonly names: Names
}

/**
 * Takes a storage and the memory storage through one sequence and compares every answer and what is stored after each turn.
 * The model executes the operations of a turn one by one, the storage gets them all at once.
 *
 * @throws ConformanceError that tells the story so far
 */
export async function playSequence(storage: Storage, turns: readonly Turn[]): Promise<void> {
  const model = { storage: memoryStorage(), names: new Names() }
  const subject = { storage, names: new Names() }
  await Promise.all([model.storage.migrate(), subject.storage.migrate()])
  const story = new Story(model)
  for (const turn of turns) {
    const played = await story.play(turn)
    const answers = await Promise.all(played.map(({ call }) => call.perform(subject.storage, subject.names)))
    for (const [index, { answer }] of played.entries())
      story.compare(answers[index], answer, `the answer of call ${index}`)
    story.compare(await showRuns(subject), await showRuns(model), 'the stored runs')
    story.compare(
      await subject.storage.nextDue(JOBS),
      await model.storage.nextDue(JOBS),
      'when something is due',
    )
  }
  story.compare(await showBelongings(subject), await showBelongings(model), 'the steps and logs')
}

interface Played {
  readonly call: Call
  readonly answer: unknown
}

/** The sequence as the model lives it. */
class Story {
  readonly #model: Side
  readonly #told: string[] = []
  readonly #runs: string[] = []
  readonly #leases: NamedLease[] = []
  #now = BEGIN
  #calls = 0

  constructor(model: Side) {
    this.#model = model
  }

  /** Lets the model execute a turn. Runs and leases it brings forth can be named from the next turn on. */
  async play(turn: Turn): Promise<readonly Played[]> {
    this.#now += turn.clockMovesMs
    const around = { runs: [...this.#runs], leases: [...this.#leases] }
    const played: Played[] = []
    for (const operation of turn.operations) {
      const call = toCall(operation, await this.#surroundings(around))
      if (!call) continue
      for (let times = turn.repeated && call.repeatable ? 2 : 1; times > 0; times--) {
        played.push({ call, answer: await this.#perform(call) })
      }
    }
    return played
  }

  compare(actual: unknown, expected: unknown, what: string): void {
    try {
      expectEqual(actual, expected, what)
    } catch (error) {
      const story = this.#told.join('\n  ')
      throw new ConformanceError(
        `${error instanceof Error ? error.message : error}\nafter these calls:\n  ${story}`,
      )
    }
  }

  async #perform(call: Call): Promise<unknown> {
    this.#told.push(`${this.#now - BEGIN} ms: ${describe(call.operation)}`)
    const answer = await call.perform(this.#model.storage, this.#model.names)
    for (const run of await this.#model.storage.getRuns(everything()))
      this.#meet(run.id, run.status, run.generation)
    return answer
  }

  #meet(id: string, status: string, generation: number): void {
    const run = this.#model.names.nameOf(id)
    if (!this.#runs.includes(run)) this.#runs.push(run)
    const known = this.#leases.some((lease) => lease.run === run && lease.generation === generation)
    if (status === 'running' && !known) this.#leases.push({ run, generation })
  }

  async #surroundings(known: {
    runs: readonly string[]
    leases: readonly NamedLease[]
  }): Promise<Surroundings> {
    this.#calls += 1
    this.#now += 1
    const first = this.#runs.length
    const failures = new Map<string, number>()
    for (const run of known.runs) {
      for (const step of await this.#model.storage.getSteps(this.#model.names.idOf(run))) {
        const key = `${run}/${step.name}`
        if (step.status === 'failed') failures.set(key, (failures.get(key) ?? 0) + 1)
      }
    }
    return {
      now: this.#now,
      claimId: `claim ${this.#calls}`,
      runAt: (recent) => known.runs.at(-1 - (recent % Math.max(1, known.runs.length))) ?? null,
      leaseAt: (recent) => known.leases.at(-1 - (recent % Math.max(1, known.leases.length))) ?? null,
      nextNames: (count) =>
        Array.from({ length: count }, (_, index) => `run ${first + index} of call ${this.#calls}`),
      attemptOf: ({ run }, stepName) => (failures.get(`${run}/${stepName}`) ?? 0) + 1,
    }
  }
}

async function showRuns({ storage, names }: Side): Promise<unknown> {
  return (await storage.getRuns(everything())).map((run) => names.rename(run))
}

async function showBelongings({ storage, names }: Side): Promise<unknown> {
  const belongings: unknown[] = []
  for (const { id } of await storage.getRuns(everything())) {
    const logs = await storage.getLogs(id, { limit: ALL, cursor: null })
    belongings.push({
      run: names.nameOf(id),
      steps: showSteps(await storage.getSteps(id), names),
      logs: logs.map((line) => ({ ...line, id: '', runId: names.nameOf(line.runId) })),
    })
  }
  return belongings
}

function everything() {
  return { statuses: null, jobNames: null, labels: null, limit: ALL, cursor: null }
}

function describe(operation: Operation): string {
  return JSON.stringify(operation)
}
