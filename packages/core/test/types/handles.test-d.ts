import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  createDurably,
  defineJob,
  type JobHandle,
  type Run,
  type SerializedError,
  type Storage,
  type Triggered,
} from '../../src/index.ts'

declare const storage: Storage

const resize = defineJob(
  { name: 'resize', input: z.object({ path: z.string(), width: z.coerce.number<string>() }) },
  async (_, { width }) => ({ pixels: width }),
)
const tick = defineJob({ name: 'tick' }, () => 'ticked' as const)
const optional = defineJob({ name: 'optional', input: z.object({ n: z.number() }).optional() }, () => 1)

const durably = createDurably({ storage, jobs: { resize, ticking: tick, optional } })

/** What handles take and answer. */
export async function inferred(): Promise<void> {
  expectTypeOf(durably.jobs.resize).toEqualTypeOf<JobHandle<typeof resize>>()
  expectTypeOf(durably.jobs.ticking.name).toEqualTypeOf<'tick'>()

  // Trigger takes what is sent, not what is parsed.
  const run = await durably.jobs.resize.trigger({ path: 'a.png', width: '10' })
  expectTypeOf(run).toEqualTypeOf<Triggered<typeof resize>>()
  expectTypeOf(run.input).toEqualTypeOf<{ path: string; width: string }>()
  expectTypeOf(run.output).toEqualTypeOf<{ pixels: number } | null>()
  expectTypeOf(run.jobName).toEqualTypeOf<'resize'>()
  expectTypeOf(run.error).toEqualTypeOf<SerializedError | null>()
  expectTypeOf(run.created).toEqualTypeOf<boolean>()

  // Jobs without an input, or with an optional one, are triggered without.
  await durably.jobs.ticking.trigger()
  await durably.jobs.ticking.trigger(undefined, { idempotencyKey: 'k', concurrencyKey: undefined })
  await durably.jobs.optional.trigger()
  await durably.jobs.optional.trigger({ n: 1 }, { labels: { a: 'b' }, delay: '30s' })

  const { output } = await durably.jobs.resize.triggerAndWait({ path: 'a', width: '1' }, { timeout: '5m' })
  expectTypeOf(output).toEqualTypeOf<{ pixels: number }>()
  expectTypeOf((await durably.jobs.ticking.triggerAndWait()).output).toEqualTypeOf<'ticked'>()

  expectTypeOf((await durably.jobs.resize.waitForRun('id')).output).toEqualTypeOf<{ pixels: number }>()
  expectTypeOf((await durably.waitForRun('id')).output).toEqualTypeOf<unknown>()

  const batch = await durably.jobs.resize.batchTrigger([
    { input: { path: 'a', width: '1' }, options: { delay: 5 } },
  ])
  expectTypeOf(batch).toEqualTypeOf<readonly Triggered<typeof resize>[]>()
  await durably.jobs.ticking.batchTrigger([{}, { options: { labels: {} } }])

  expectTypeOf(await durably.jobs.resize.getRun('id')).toEqualTypeOf<Run<
    'resize',
    { path: string; width: string },
    { pixels: number }
  > | null>()
  expectTypeOf((await durably.getRun('id'))?.output).toEqualTypeOf<unknown>()

  // Registering later gives the same types.
  const handle = durably.register(resize)
  expectTypeOf(handle).toEqualTypeOf<JobHandle<typeof resize>>()
  const several = durably.register({ first: resize, second: tick })
  expectTypeOf(several.second).toEqualTypeOf<JobHandle<typeof tick>>()
  const inline = durably.defineJob({ name: 'inline', input: z.number() }, (_, n) => n * 2)
  expectTypeOf((await inline.triggerAndWait(2)).output).toEqualTypeOf<number>()

  expectTypeOf(await durably.processOne()).toEqualTypeOf<Run | null>()
  expectTypeOf(await durably.processUntilIdle({ maxRuns: 1 })).toEqualTypeOf<{
    readonly processed: number
    readonly nextDueAt: string | null
  }>()
}

/** What must not compile. */
export async function refused(): Promise<void> {
  // @ts-expect-error The input is missing.
  await durably.jobs.resize.trigger()
  // @ts-expect-error A member of the input is missing.
  await durably.jobs.resize.trigger({ path: 'a' })
  // @ts-expect-error What is parsed is not what is sent.
  await durably.jobs.resize.trigger({ path: 'a', width: 10 })
  // @ts-expect-error A job without an input takes none.
  await durably.jobs.ticking.trigger({ surprising: true })
  // @ts-expect-error There is no such job.
  durably.jobs.missing
  // @ts-expect-error Labels are text.
  await durably.jobs.ticking.trigger(undefined, { labels: { n: 1 } })
  // @ts-expect-error There is no such option.
  await durably.jobs.ticking.trigger(undefined, { idempotencykey: 'typo' })
  // @ts-expect-error A duration has a unit.
  await durably.jobs.ticking.trigger(undefined, { delay: '5 minutes' })
  // @ts-expect-error An item of a batch needs its input.
  await durably.jobs.resize.batchTrigger([{}])
  // @ts-expect-error There is no such status.
  await durably.getRuns({ status: 'done' })
  // @ts-expect-error Only runs that ended are purged.
  await durably.purge({ olderThan: '1d', status: 'running' })
  // @ts-expect-error A run is read-only.
  ;(await durably.jobs.ticking.trigger()).status = 'failed'
  // @ts-expect-error A storage is needed.
  createDurably({ jobs: { tick } })
  // @ts-expect-error A job is needed.
  durably.register({ job: { name: 'plain object' } })
}
