import type { Clock } from '../ports/clock.ts'
import type { ReportError } from '../ports/report-error.ts'
import { toIso } from '../run/iso-time.ts'
import type { AnyEvent, EventType, Unsubscribe } from './events.ts'

type Listener = (event: AnyEvent) => unknown

type WithoutBase<Event> = Event extends AnyEvent ? Omit<Event, 'timestamp' | 'sequence' | 'origin'> : never

/** An event before it is numbered and dated. */
export type NewEvent = WithoutBase<AnyEvent>

/** Carries events elsewhere, while there is somebody to hear them. */
export interface Forward {
  /** Asked before an event is made. */
  isWanted(): boolean
  send(event: AnyEvent): void
}

/**
 * Publishes events to listeners. A listener that throws, rejects or hangs changes nothing for anyone else; its failure goes to
 * the error hook.
 */
export class EventBus {
  readonly #clock: Clock
  readonly #report: ReportError
  readonly #listeners = new Map<EventType | '*', readonly Listener[]>()
  #forward: Forward | null = null
  #sequence = 0

  constructor(clock: Clock, report: ReportError) {
    this.#clock = clock
    this.#report = report
  }

  on(type: EventType | '*', listener: Listener): Unsubscribe {
    // Each subscription is an entry of its own, so one function subscribed twice is called twice and taken back once.
    const entry: Listener = (event) => listener(event)
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), entry])
    return () => {
      const rest = (this.#listeners.get(type) ?? []).filter((other) => other !== entry)
      if (rest.length > 0) this.#listeners.set(type, rest)
      else this.#listeners.delete(type)
    }
  }

  /** Everything published here goes there too. */
  forwardTo(forward: Forward): void {
    this.#forward = forward
  }

  /** Numbers an event and hands it to its listeners. Costs next to nothing when there are none: `make` is not called then. */
  publish<Type extends EventType>(
    type: Type,
    make: () => Omit<Extract<NewEvent, { type: Type }>, 'type'>,
  ): void {
    const sequence = ++this.#sequence
    const forward = this.#forward?.isWanted() ? this.#forward : null
    if (forward === null && !this.#listeners.has(type) && !this.#listeners.has('*')) return
    const event = { type, ...make(), timestamp: toIso(this.#clock.now()), sequence } as unknown as AnyEvent
    this.#offer(event)
    forward?.send(event)
  }

  /** Publishes what another instance published: it keeps its time and its origin, and is counted here. */
  relay(event: AnyEvent, origin: string): void {
    this.#offer({ ...event, origin, sequence: ++this.#sequence })
  }

  #offer(event: AnyEvent): void {
    Object.freeze(event)
    const listeners = this.#listeners.get(event.type)
    const observers = this.#listeners.get('*')
    if (listeners) this.#deliver(listeners, event)
    if (observers) this.#deliver(observers, event)
  }

  /** Lists are replaced, never changed, so subscribing and unsubscribing during delivery is safe. */
  #deliver(listeners: readonly Listener[], event: AnyEvent): void {
    for (const listener of listeners) {
      try {
        const answer = listener(event)
        if (isThenable(answer)) answer.then(undefined, (error: unknown) => this.#failed(event, error))
      } catch (error) {
        this.#failed(event, error)
      }
    }
  }

  #failed(event: AnyEvent, error: unknown): void {
    this.#report(error, `a listener of ${event.type}`)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
