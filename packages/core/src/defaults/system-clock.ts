import type { Clock } from '../ports/clock.ts'

declare const performance: { now(): number }

/** The host's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
