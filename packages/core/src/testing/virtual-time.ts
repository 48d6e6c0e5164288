import { systemClock } from '../defaults/system-clock.ts'
import { timerScheduler } from '../defaults/timer-scheduler.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Storage } from '../ports/storage.ts'
import { CallCounter } from './call-counter.ts'
import { VirtualTimers } from './virtual-timers.ts'

/** How virtual time begins. */
export interface VirtualTimeOptions {
  /** The wall clock at the beginning, in milliseconds since the epoch. Default: 2026-01-01T00:00:00Z. */
  readonly startAt?: number
  /** Where the random numbers begin. Default: 1. The same seed gives the same numbers. */
  readonly seed?: number
}

/** Time that stands still until a test moves it, over storages that are as asynchronous as they like. */
export interface VirtualTime {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** How many planned timers would keep the process alive now. */
  readonly pendingTimers: number
  /** The same storage, its calls counted, so that time waits for them. Give the engine this one. */
  wrap<Wrapped extends Storage>(storage: Wrapped): Wrapped
  /**
   * Moves both clocks on. Timers on the way fire in order, each at its moment, and after each everything that follows from it
   * has come to rest before the next one fires.
   *
   * @throws Error when it does not come to rest within 30 real seconds
   */
  advance(ms: number): Promise<void>
  /**
   * Waits, without moving a clock, until no storage call is in flight and one macrotask has passed in which none was made.
   *
   * @throws Error when that does not happen within 30 real seconds
   */
  settle(): Promise<void>
  /** Moves the wall clock alone, forwards or (negative) backwards, as an administrator or a time server would. No timer fires. */
  jump(ms: number): void
  /** Moves both clocks on without a timer firing, as a blocked event loop would. What became due fires at the next `advance`. */
  block(ms: number): void
}

/** Real time, since a test that hangs does so in real time. */
const SETTLE_BUDGET_MS = 30_000

/**
 * Makes virtual time.
 *
 * @example
 * const time = virtualTime()
 * const durably = createDurably({ storage: time.wrap(storage), clock: time.clock, scheduler: time.scheduler, random: time.random })
 * durably.start()
 * await time.advance(30_000)
 */
export function virtualTime(options: VirtualTimeOptions = {}): VirtualTime {
  const calls = new CallCounter()
  const timers = new VirtualTimers(() => monotonicMs)
  let wallMs = options.startAt ?? Date.UTC(2026, 0, 1)
  let monotonicMs = 0

  function moveTo(momentMs: number): void {
    const passedMs = Math.max(0, momentMs - monotonicMs)
    monotonicMs += passedMs
    wallMs += passedMs
  }

  async function settle(): Promise<void> {
    const giveUpAt = systemClock.monotonic() + SETTLE_BUDGET_MS
    for (
      let seen = -1;
      calls.inFlight.length > 0 || timers.waitingForMacrotask > 0 || seen !== calls.started;
    ) {
      if (systemClock.monotonic() > giveUpAt) throw new Error(restless(calls.inFlight))
      seen = calls.started
      await macrotask()
    }
  }

  async function advance(ms: number): Promise<void> {
    const untilMs = monotonicMs + ms
    await settle()
    for (let timer = timers.takeDue(untilMs); timer; timer = timers.takeDue(untilMs)) {
      moveTo(timer.dueAt)
      timer.run()
      await settle()
    }
    moveTo(untilMs)
  }

  return {
    clock: { now: () => wallMs, monotonic: () => monotonicMs },
    scheduler: timers,
    random: seededRandom(options.seed ?? 1),
    get pendingTimers() {
      return timers.foreground
    },
    wrap: (storage) => calls.wrap(storage),
    advance,
    settle,
    jump: (ms) => {
      wallMs += ms
    },
    block: (ms) => moveTo(monotonicMs + ms),
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => timerScheduler.soon(resolve))
}

function restless(inFlight: readonly string[]): string {
  const reason =
    inFlight.length > 0
      ? `these storage calls are still open: ${inFlight.join(', ')}`
      : 'new storage calls follow without end'
  return `Nothing came to rest within ${SETTLE_BUDGET_MS / 1000} s: ${reason}.`
}

/** A linear congruential generator (constants of Numerical Recipes): good enough for jitter, the same in every run of a test. */
function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
