import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { defineJob, type Job, type JobInput, type JobOutput, type StepContext } from '../../src/index.ts'
import { shoutedName } from './async-schema.ts'

// What callers send and what handlers get are different types, both inferred from the schema.
const report = defineJob(
  {
    name: 'report',
    input: z.object({ day: z.iso.date().transform((text) => new Date(text)), limit: z.number().default(10) }),
    output: z.object({ rows: z.number() }),
  },
  async (step, input) => {
    expectTypeOf(step).toEqualTypeOf<StepContext>()
    expectTypeOf(input).toEqualTypeOf<{ day: Date; limit: number }>()
    return { rows: 3 }
  },
)
expectTypeOf(report.name).toEqualTypeOf<'report'>()
expectTypeOf<JobInput<typeof report>>().toEqualTypeOf<{ day: string; limit?: number | undefined }>()
expectTypeOf<JobOutput<typeof report>>().toEqualTypeOf<{ rows: number }>()

// The output is what the schema makes of what the handler returns.
const counted = defineJob(
  { name: 'counted', output: z.string().transform((text) => text.length) },
  () => 'four',
)
expectTypeOf<JobOutput<typeof counted>>().toEqualTypeOf<number>()

// Without an output schema the output is what the handler returns, as JSON carries it.
const free = defineJob({ name: 'free' }, async () => ({
  list: [1, 2],
  when: undefined as string | undefined,
}))
expectTypeOf<JobOutput<typeof free>>().toEqualTypeOf<{ list: number[]; when: string | undefined }>()
expectTypeOf<JobInput<typeof free>>().toEqualTypeOf<undefined>()

// A job without input gets none.
defineJob({ name: 'no-input' }, (_, input) => {
  expectTypeOf(input).toEqualTypeOf<undefined>()
})

// Any Standard Schema will do, an asynchronous one too.
const shout = defineJob({ name: 'shout', input: shoutedName }, (_, input) => {
  expectTypeOf(input).toEqualTypeOf<{ name: string; shouted: Date }>()
  return input.name
})
expectTypeOf(shout).toExtend<Job<'shout', { name: string }, string>>()

// A handler that returns nothing is fine.
const quiet = defineJob({ name: 'quiet' }, async () => {})
expectTypeOf<JobOutput<typeof quiet>>().toEqualTypeOf<void>()

// @ts-expect-error The handler returns something the output schema does not accept.
defineJob({ name: 'wrong-output', output: z.object({ rows: z.number() }) }, async () => ({ rows: 'three' }))

// @ts-expect-error The output schema demands something, the handler returns nothing.
defineJob({ name: 'missing-output', output: z.object({ rows: z.number() }) }, async () => {})

// @ts-expect-error A parsed output that is a Date is not JSON.
defineJob({ name: 'date-output', output: z.date() }, () => new Date())

// @ts-expect-error Neither is one that hides a Map inside.
defineJob({ name: 'map-output', output: z.object({ byId: z.map(z.string(), z.number()) }) }, () => ({
  byId: new Map(),
}))

// @ts-expect-error Nor a bigint.
defineJob({ name: 'bigint-output', output: z.bigint() }, () => 1n)

// A schema that turns what the handler returns into JSON is fine.
defineJob({ name: 'iso-output', output: z.date().transform((date) => date.toISOString()) }, () => new Date())

// @ts-expect-error A name is needed.
defineJob({}, () => 1)

// @ts-expect-error Something that is no validator is no schema.
defineJob({ name: 'no-schema', input: { type: 'object' } }, () => 1)

// @ts-expect-error The handler may not ask for more than the schema gives.
defineJob({ name: 'greedy', input: z.object({ a: z.number() }) }, (_, { b }: { b: string }) => b)
