/** As much of an instance as recording needs. */
export interface EventSource<Event> {
  on(type: '*', listener: (event: Event) => void): () => void
}

/** The events of an instance in the order they were published; grows as more are. */
export interface RecordedEvents<Event extends { readonly type: string }> extends ReadonlyArray<Event> {
  /** The types alone, for asserting an order. */
  types(): readonly Event['type'][]
  /** The events of one type. */
  of<Type extends Event['type']>(type: Type): readonly Extract<Event, { readonly type: Type }>[]
  /** Forgets what was recorded so far. */
  clear(): void
  /** Ends the recording. */
  stop(): void
}

/**
 * Records every event of an instance from now on.
 *
 * @example
 * const events = recordEvents(durably)
 * await handle.triggerAndWait(input)
 * expect(events.types()).toEqual(['run:trigger', 'run:start', 'run:complete'])
 * expect(events.of('run:complete')[0]?.output).toEqual({ count: 2 })
 */
export function recordEvents<Event extends { readonly type: string }>(
  source: EventSource<Event>,
): RecordedEvents<Event> {
  const recorded: Event[] = []
  const stop = source.on('*', (event) => recorded.push(event))
  const abilities: Omit<RecordedEvents<Event>, keyof ReadonlyArray<Event>> = {
    types: () => recorded.map((event) => event.type),
    of: (type) =>
      recorded.filter(
        (event): event is Extract<Event, { readonly type: typeof type }> => event.type === type,
      ),
    clear: () => {
      recorded.length = 0
    },
    stop,
  }
  // Not enumerable, so that a comparison with a plain array sees the events only.
  for (const [name, value] of Object.entries(abilities)) Object.defineProperty(recorded, name, { value })
  return recorded as Event[] & typeof abilities
}
