import type { Outcome, TerminalStatus } from '@durably/core'
import { TERMINAL_STATUSES } from '@durably/core'
import * as fc from 'fast-check'

/** The jobs that occur in sequences. */
export const JOBS = ['a', 'b', 'c'] as const

/** A run to enqueue. */
export interface Sketch {
  readonly job: string
  readonly idempotencyKey: string | null
  readonly concurrencyKey: string | null
  readonly label: string | null
  readonly delayMs: number | null
}

/**
 * Which run or lease is meant: the n-th latest (0 is the latest), so that a sequence still makes sense when a part of it is taken
 * out. With `fitting`, of those for which the verb does something, if there are any.
 */
export interface Choice {
  readonly recent: number
  readonly fitting: boolean
}

/** One thing a sequence does. */
export type Operation =
  | { readonly verb: 'enqueue'; readonly runs: readonly Sketch[] }
  | { readonly verb: 'claim'; readonly jobs: readonly string[]; readonly limit: number }
  | {
      readonly verb: 'recover'
      readonly jobs: readonly string[]
      readonly exclusive: boolean
      readonly maxRecoveries: number
    }
  | { readonly verb: 'wake'; readonly jobs: readonly string[] }
  | { readonly verb: 'renew'; readonly leases: readonly Choice[] }
  | { readonly verb: 'recordStep'; readonly lease: Choice; readonly step: number; readonly failed: boolean }
  | { readonly verb: 'recordProgress'; readonly lease: Choice; readonly current: number }
  | {
      readonly verb: 'settle'
      readonly lease: Choice
      readonly status: Outcome['status']
      readonly sleepMs: number | null
    }
  | { readonly verb: 'cancel' | 'retry' | 'remove'; readonly run: Choice }
  | {
      readonly verb: 'purge'
      readonly statuses: readonly TerminalStatus[]
      readonly ageMs: number
      readonly limit: number
    }
  | { readonly verb: 'appendLogs'; readonly leases: readonly Choice[] }

/** What one turn of the event loop submits, after the wall clock has moved. */
export interface Turn {
  readonly clockMovesMs: number
  readonly operations: readonly Operation[]
  /** Is everything that can be repeated submitted a second time? */
  readonly repeated: boolean
}

const choice: fc.Arbitrary<Choice> = fc.record({
  recent: fc.nat({ max: 5 }),
  fitting: fc.constantFrom(true, true, true, false),
})
const jobs = fc.subarray([...JOBS], { minLength: 1 })
const orNull = <Value>(value: Value) => fc.constantFrom(value, null)

const sketch: fc.Arbitrary<Sketch> = fc.record({
  job: fc.constantFrom(...JOBS),
  idempotencyKey: fc.constantFrom(null, null, null, 'x', 'y'),
  concurrencyKey: fc.constantFrom(null, 'k', 'l'),
  label: orNull('tagged'),
  delayMs: fc.constantFrom(null, null, null, 10, 2000),
})

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant('enqueue'),
      runs: fc.array(sketch, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ verb: fc.constant('claim'), jobs, limit: fc.nat({ max: 4 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('recover'),
      jobs,
      exclusive: fc.boolean(),
      maxRecoveries: fc.nat({ max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('wake'), jobs }) },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constant('renew'), leases: fc.array(choice, { maxLength: 3 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant('recordStep'),
      lease: choice,
      step: fc.nat({ max: 2 }),
      failed: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ verb: fc.constant('recordProgress'), lease: choice, current: fc.nat({ max: 9 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant('settle'),
      lease: choice,
      status: fc.constantFrom('completed', 'failed', 'suspended', 'released'),
      sleepMs: fc.constantFrom(null, 10, 2000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ verb: fc.constantFrom('cancel', 'retry', 'retry', 'remove'), run: choice }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('purge'),
      statuses: fc.subarray([...TERMINAL_STATUSES]),
      ageMs: fc.constantFrom(0, 100, 5000),
      limit: fc.nat({ max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constant('appendLogs'), leases: fc.array(choice, { maxLength: 3 }) }),
  },
)

/** A sequence of turns. */
export const turns: fc.Arbitrary<readonly Turn[]> = fc.array(
  fc.record({
    clockMovesMs: fc.constantFrom(0, 0, 5, 50, 1500, 5000, 86_400_000, -5000, -86_400_000),
    operations: fc.array(operation, { minLength: 1, maxLength: 4 }),
    repeated: fc.boolean(),
  }),
  { minLength: 3, maxLength: 30, size: 'max' },
)
