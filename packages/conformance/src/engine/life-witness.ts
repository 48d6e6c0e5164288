import type { Lease, RunRecord, Storage } from '@durably/core'
import { ConformanceError, expectEqual } from '../expect.ts'
import type { StorageSubject } from '../storage/storage-case.ts'

/** A run reached an end, or left it again by a retry, under this generation. */
interface Turning {
  readonly generation: number
  readonly to: 'completed' | 'failed' | 'cancelled' | 'pending'
}

/**
 * Sees what is committed, whoever commits it and whether or not the answer reaches anyone, and which bodies are executed.
 * What must never happen it refuses on the spot.
 */
export class LifeWitness {
  readonly #recorded = new Map<string, number>()
  /** The highest generation each run is known to have reached. */
  readonly #generations = new Map<string, number>()
  readonly #turnings = new Map<string, Map<number, Turning>>()
  readonly #removed = new Set<string>()
  readonly #violations: string[] = []
  #tokens = 0

  /** The same subject, watched. */
  watch({ storage, openAgain, dispose }: StorageSubject): StorageSubject {
    return {
      storage: this.#observe(storage),
      ...(openAgain ? { openAgain: async () => this.#observe(await openAgain()) } : {}),
      ...(dispose ? { dispose } : {}),
    }
  }

  /** A body begins. */
  begins(runId: string, stepName: string): void {
    if (this.#recorded.has(`${runId}:${stepName}`)) {
      this.#violations.push(`The body of ${stepName} of run ${runId} was executed although it was recorded.`)
    }
  }

  /** A result no other execution has. */
  token(): number {
    this.#tokens += 1
    return this.#tokens
  }

  isRemoved(runId: string): boolean {
    return this.#removed.has(runId)
  }

  /** How often a run reached an end. */
  endsOf(runId: string): number {
    return this.#turningsOf(runId).filter((turning) => turning.to !== 'pending').length
  }

  /** @throws ConformanceError when something was seen that must never happen */
  judge(): void {
    const [violation] = this.#violations
    if (violation !== undefined) throw new ConformanceError(violation)
    for (const runId of this.#turnings.keys()) {
      const turnings = this.#turningsOf(runId)
      expectEqual(
        turnings.map((turning) => turning.to === 'pending'),
        turnings.map((_, index) => index % 2 === 1),
        `the ends and retries of run ${runId} take turns: ${turnings.map((turning) => turning.to).join(', ')}`,
      )
    }
  }

  #turningsOf(runId: string): Turning[] {
    const turnings = [...(this.#turnings.get(runId)?.values() ?? [])]
    return turnings.toSorted((a, b) => a.generation - b.generation)
  }

  #reaches(runId: string, generation: number): void {
    this.#generations.set(runId, Math.max(generation, this.#generations.get(runId) ?? 0))
  }

  #accepted(what: string, { runId, generation }: Lease): void {
    const current = this.#generations.get(runId) ?? 0
    if (generation >= current) return
    this.#violations.push(
      `${what} of run ${runId} was accepted under generation ${generation}, which was ${current} by then.`,
    )
  }

  #turns(runId: string, generation: number, to: Turning['to']): void {
    const turnings = this.#turnings.get(runId) ?? new Map<number, Turning>()
    const before = turnings.get(generation)
    if (before && before.to !== to) {
      this.#violations.push(`Run ${runId} became ${before.to} and ${to} under generation ${generation}.`)
    }
    this.#turnings.set(runId, turnings.set(generation, { generation, to }))
  }

  #controlled(changed: boolean, run: RunRecord | null, to: 'cancelled' | 'pending'): void {
    if (!changed || !run) return
    this.#reaches(run.id, run.generation)
    this.#turns(run.id, run.generation, to)
  }

  #recordedStep({ runId, generation }: Lease, name: string): void {
    const key = `${runId}:${name}`
    const before = this.#recorded.get(key)
    if (before !== undefined && before !== generation) {
      this.#violations.push(
        `Step ${name} of run ${runId} was recorded under generations ${before} and ${generation}.`,
      )
    }
    this.#recorded.set(key, generation)
  }

  #observe(storage: Storage): Storage {
    const observed: Partial<Storage> = {
      recordStep: async (lease, step, now) => {
        await storage.recordStep(lease, step, now)
        this.#accepted(`Step ${step.name}`, lease)
        if (step.status === 'completed') this.#recordedStep(lease, step.name)
      },
      settle: async (lease, outcome, now) => {
        await storage.settle(lease, outcome, now)
        this.#accepted('The end', lease)
        const { status } = outcome
        if (status === 'completed' || status === 'failed') this.#turns(lease.runId, lease.generation, status)
      },
      claim: async (request) => {
        const claims = await storage.claim(request)
        for (const { run } of claims) this.#reaches(run.id, run.generation)
        return claims
      },
      recover: async (request) => {
        const result = await storage.recover(request)
        for (const { run } of result.claims) this.#reaches(run.id, run.generation)
        for (const { id, generation } of result.poisoned) this.#turns(id, generation, 'failed')
        return result
      },
      cancel: async (runId, now) => {
        const answer = await storage.cancel(runId, now)
        this.#controlled(answer.changed, answer.run, 'cancelled')
        return answer
      },
      retry: async (runId, now) => {
        const answer = await storage.retry(runId, now)
        this.#controlled(answer.changed, answer.run, 'pending')
        return answer
      },
      remove: async (runId) => {
        const answer = await storage.remove(runId)
        if (answer.changed) this.#removed.add(runId)
        return answer
      },
      purge: async (request) => {
        const gone = await storage.purge(request)
        for (const { id } of gone) this.#removed.add(id)
        return gone
      },
    }
    return new Proxy(storage, {
      get: (_, property) => {
        if (property in observed) return Reflect.get(observed, property)
        const member: unknown = Reflect.get(storage, property)
        return typeof member === 'function' ? member.bind(storage) : member
      },
    })
  }
}
