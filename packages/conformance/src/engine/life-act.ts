import * as fc from 'fast-check'
import type { Verb } from './process-storage.ts'

/** What a run does: how many steps, how long each takes, how often its last one fails, whether side by side. */
export interface Plan {
  readonly steps: number
  readonly pauseMs: number
  readonly failures: number
  readonly sideBySide: boolean
}

/** Something that happens in a random life. */
export type Act =
  | {
      readonly does: 'trigger'
      readonly by: number
      readonly plans: readonly Plan[]
      readonly key: number
      readonly idempotency: number
    }
  /** `run` counts from the newest. */
  | { readonly does: 'cancel' | 'retry' | 'delete'; readonly by: number; readonly run: number }
  | { readonly does: 'purge' | 'start' | 'crash' | 'process'; readonly by: number }
  | { readonly does: 'stop'; readonly by: number; readonly timeoutMs: number }
  | {
      readonly does: 'break'
      readonly by: number
      readonly verbs: readonly Verb[]
      readonly times: number
      readonly afterwards: boolean
    }
  /** The process stands still: none of its calls passes for a while, and then all of them. */
  | { readonly does: 'stall'; readonly by: number; readonly ms: number }
  | { readonly does: 'wait'; readonly ms: number }

/** How many processes live at a time. */
export const PROCESSES = 2

const VERBS = [
  'claim',
  'recover',
  'renew',
  'recordStep',
  'recordProgress',
  'settle',
  'enqueue',
  'cancel',
  'retry',
  'wake',
  'nextDue',
] as const satisfies readonly Verb[]

const plan: fc.Arbitrary<Plan> = fc.record({
  steps: fc.integer({ min: 0, max: 3 }),
  pauseMs: fc.constantFrom(0, 150, 900, 3_000, 9_000),
  failures: fc.constantFrom(0, 0, 0, 1, 2),
  sideBySide: fc.boolean(),
})

const by = fc.integer({ min: 0, max: PROCESSES - 1 })

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('trigger' as const),
      by,
      plans: fc.array(plan, { minLength: 1, maxLength: 4 }),
      key: fc.integer({ min: 0, max: 3 }),
      idempotency: fc.constantFrom(0, 0, 0, 0, 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('cancel', 'cancel', 'retry', 'delete'),
      by,
      run: fc.nat(8),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom('start', 'start', 'crash', 'process', 'purge'), by }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('stop' as const),
      by,
      timeoutMs: fc.constantFrom(0, 100, 5_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('stall' as const),
      by,
      ms: fc.constantFrom(1_500, 6_000, 9_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('break' as const),
      by,
      verbs: fc.subarray([...VERBS], { minLength: 1, maxLength: 4 }),
      times: fc.integer({ min: 1, max: 12 }),
      afterwards: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 100, 1_000, 4_000, 12_000),
    }),
  },
)

/** A random life, begun by processes that work. */
export const life: fc.Arbitrary<readonly Act[]> = fc
  .array(act, { minLength: 5, maxLength: 30 })
  .map((acts) => [...Array.from({ length: PROCESSES }, (_, by) => ({ does: 'start' as const, by })), ...acts])
