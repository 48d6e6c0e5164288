import { expect, it } from 'vitest'
import { recordEvents } from './record-events.ts'

type Weather = { readonly type: 'rain'; readonly mm: number } | { readonly type: 'sun' }

function weatherStation() {
  const listeners = new Set<(event: Weather) => void>()
  return {
    on(_: '*', listener: (event: Weather) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    publish(event: Weather) {
      for (const listener of listeners) listener(event)
    },
  }
}

it('records events in order, typed by their type', () => {
  const station = weatherStation()
  const events = recordEvents(station)
  station.publish({ type: 'rain', mm: 3 })
  station.publish({ type: 'sun' })
  expect(events).toEqual([{ type: 'rain', mm: 3 }, { type: 'sun' }])
  expect(events.types()).toEqual(['rain', 'sun'])
  expect(events.of('rain')[0]?.mm).toBe(3)
})

it('forgets when cleared, and hears nothing once stopped', () => {
  const station = weatherStation()
  const events = recordEvents(station)
  station.publish({ type: 'sun' })
  events.clear()
  expect(events).toEqual([])
  events.stop()
  station.publish({ type: 'sun' })
  expect(events).toEqual([])
})
