import type { Clock } from '../ports/clock.ts'

/** Milliseconds since a monotonic reading, to the microsecond: what is beyond that is noise of the clock. */
export function elapsedMs(clock: Clock, since: number): number {
  return Math.round((clock.monotonic() - since) * 1_000) / 1_000
}
