import type { Clock } from '../ports/clock.ts'
import type { ReportError } from '../ports/report-error.ts'
import { toIso } from '../run/iso-time.ts'
import type { AnyEvent, AnyRunEvent, EventType, Unsubscribe } from './events.ts'

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
export type EventBus = ReturnType<typeof createBus>

export function createBus(clock: Clock, report: ReportError) {
  /** By type, `*`, or run. Lists are replaced, never changed: subscribing and unsubscribing during delivery is safe. */
  const listeners = new Map<string, readonly Listener[]>()
  const queue: AnyEvent[] = []
  let forward: Forward | null = null
  let followers = 0
  let sequence = 0

  const subscribe = (topic: string, listener: Listener): Unsubscribe => {
    // Each subscription is an entry of its own, so one function subscribed twice is called twice and taken back once.
    const entry: Listener = (event) => listener(event)
    listeners.set(topic, [...(listeners.get(topic) ?? []), entry])
    return () => {
      const rest = listeners.get(topic)?.filter((other) => other !== entry)
      if (rest?.length) listeners.set(topic, rest)
      else listeners.delete(topic)
    }
  }

  const failed = (event: AnyEvent, error: unknown) => report(error, `a listener of ${event.type}`)

  const deliver = (topic: string, event: AnyEvent) => {
    const audience = listeners.get(topic)
    if (!audience) return
    for (const listener of audience) {
      try {
        const answer = listener(event) as Partial<PromiseLike<unknown>> | null | undefined
        if (typeof answer?.then === 'function') answer.then(undefined, (error) => failed(event, error))
      } catch (error) {
        failed(event, error)
      }
    }
  }

  const offer = (event: AnyEvent) => {
    // What a listener publishes waits until everybody has heard what it listens to: all hear the same order.
    if (queue.push(Object.freeze(event)) > 1) return
    for (const next of queue) {
      deliver(next.type, next)
      deliver('*', next)
      if (followers > 0 && 'runId' in next) deliver(topicOf(next.runId), next)
    }
    queue.length = 0
  }

  return {
    on: subscribe as (type: EventType | '*', listener: Listener) => Unsubscribe,

    /** Subscribes to one run. However many are followed, each event is looked up, not offered to everyone. */
    follow(runId: string, listener: (event: AnyRunEvent) => unknown): Unsubscribe {
      followers++
      const off = subscribe(topicOf(runId), listener as Listener)
      return () => {
        followers--
        off()
      }
    },

    /** Everything published here goes there too. */
    forwardTo(to: Forward): void {
      forward = to
    },

    /** Numbers an event and hands it to its listeners. Costs next to nothing when there are none: `make` is not called then. */
    publish<Type extends EventType>(
      type: Type,
      make: () => Omit<Extract<NewEvent, { type: Type }>, 'type'>,
    ): void {
      sequence++
      const isForwarded = forward?.isWanted() ?? false
      if (!isForwarded && !listeners.has(type) && !listeners.has('*') && followers === 0) return
      const event = { type, ...make(), timestamp: toIso(clock.now()), sequence } as unknown as AnyEvent
      if (isForwarded) forward?.send(event)
      offer(event)
    },

    /** Publishes what another instance published: it keeps its time and its origin, and is counted here. */
    relay(event: AnyEvent, origin: string): void {
      offer({ ...event, origin, sequence: ++sequence })
    },
  }
}

function topicOf(runId: string): string {
  return `run ${runId}`
}
