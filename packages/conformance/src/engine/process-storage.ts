import { DurablyError, type DurablyErrorCode, type Storage } from '@durably/core'

/** A method of the storage port that answers a promise. */
export type Verb = {
  [Name in keyof Storage]-?: Storage[Name] extends (...args: never) => Promise<unknown> ? Name : never
}[keyof Storage]

/** How calls fail. */
export interface Fault {
  readonly code: DurablyErrorCode
  /** Default: every verb. */
  readonly verbs?: readonly Verb[]
  /** How many calls fail. Default: all until the fault is lifted. */
  readonly times?: number
  /** Carry the call out and lose the answer, as a broken network does. Default: the call changes nothing. */
  readonly afterwards?: boolean
}

interface ActiveFault extends Fault {
  left: number
}

/**
 * One process's way to a database that several share. It can be cut, which is what a crash looks like from the database; it can
 * fail for a while; it can hold calls back, so that a test decides who wins a race; and it keeps count of what passes.
 */
export class ProcessStorage {
  /** What the process is given. */
  readonly port: Storage
  #calls: Verb[] = []
  #isCut = false
  readonly #faults = new Set<ActiveFault>()
  readonly #holds = new Map<Verb, Promise<void>>()

  constructor(shared: Storage) {
    const verbs = {
      // Exclusive hosts have no neighbours, and these suites are about neighbours.
      capabilities: { ...shared.capabilities, exclusive: false },
      // Only polling is left, so that the moment a process sees another one's work is known.
      watch: undefined,
      // Each process leads for itself.
      coordination: undefined,
      // The database is shared; the world closes it.
      close: () => Promise.resolve(),
    }
    this.port = new Proxy(shared, {
      get: (_, property) => {
        if (property in verbs) return Reflect.get(verbs, property)
        const member: unknown = Reflect.get(shared, property)
        if (typeof member !== 'function') return member
        return (...args: readonly unknown[]) =>
          this.#pass(property as Verb, () => Reflect.apply(member, shared, args))
      },
    })
  }

  /** The verbs called since the last `forget`, in order. */
  get calls(): readonly Verb[] {
    return [...this.#calls]
  }

  /** Starts counting anew. */
  forget(): void {
    this.#calls = []
  }

  /** Nothing passes any more in either direction; calls stay open for ever. */
  cut(): void {
    this.#isCut = true
  }

  /** Makes calls fail; the answer lifts the fault. */
  fail(fault: Fault): () => void {
    const active = { ...fault, left: fault.times ?? Number.POSITIVE_INFINITY }
    this.#faults.add(active)
    return () => this.#faults.delete(active)
  }

  /** Holds calls of a verb back until the answer is called. */
  hold(verb: Verb): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#holds.set(verb, promise)
    return () => {
      this.#holds.delete(verb)
      resolve()
    }
  }

  async #pass(verb: Verb, call: () => Promise<unknown>): Promise<unknown> {
    this.#calls.push(verb)
    const fault = this.#takeFault(verb)
    if (this.#isCut) return never()
    const held = this.#holds.get(verb)
    if (held !== undefined) await held
    if (this.#isCut) return never()
    if (fault && !fault.afterwards) throw injected(fault, verb)
    const outcome = await call().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error
      },
    )
    if (this.#isCut) return never()
    if (fault) throw injected(fault, verb)
    return outcome()
  }

  #takeFault(verb: Verb): Fault | undefined {
    for (const fault of this.#faults) {
      if (fault.left <= 0 || (fault.verbs && !fault.verbs.includes(verb))) continue
      fault.left -= 1
      return fault
    }
    return undefined
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function injected({ code }: Fault, verb: Verb): DurablyError {
  return new DurablyError(code, `Injected: ${verb} met ${code}.`)
}
