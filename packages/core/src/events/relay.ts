import type { Coordination } from '../ports/coordination.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { EventBus } from './bus.ts'
import type { JobEvent } from './events.ts'

/** What instances of one database tell each other about runs. */
interface EventsMessage {
  readonly type: 'events'
  readonly events: readonly JobEvent[]
}

/**
 * Tells the other instances of one database what happens to runs here, and publishes here what happens there. Events of one turn
 * travel in one message.
 *
 * @param onRelayed called with each event of another instance, before its listeners are
 */
export function relayEvents(
  bus: EventBus,
  coordination: Coordination,
  scheduler: Scheduler,
  onRelayed: (event: JobEvent) => void,
): void {
  let outbox: JobEvent[] = []
  bus.forwardTo({
    isWanted: () => coordination.hasAudience(),
    send(event) {
      if (!('runId' in event)) return
      outbox.push(event)
      if (outbox.length > 1) return
      scheduler.soon(() => {
        const events = outbox
        outbox = []
        coordination.broadcast({ type: 'events', events } satisfies EventsMessage)
      })
    },
  })
  coordination.onMessage((message, origin) => {
    if (!isEventsMessage(message)) return
    for (const event of message.events) {
      onRelayed(event)
      bus.relay(event, origin)
    }
  })
}

function isEventsMessage(message: unknown): message is EventsMessage {
  return (message as Partial<EventsMessage> | null | undefined)?.type === 'events'
}
