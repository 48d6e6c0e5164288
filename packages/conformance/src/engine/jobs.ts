import { type AnyJob, defineJob } from '@durably/core'
import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { anything } from './schema.ts'

/** Defining and registering jobs. */
export function jobCases(define: DefineCase): void {
  define('jobs given to createDurably get handles under their keys', async ({ boot }) => {
    const one = defineJob({ name: 'first-job' }, () => 1)
    const two = defineJob({ name: 'second-job' }, () => 2)
    const { jobs } = await boot({ jobs: { one, two } })
    expectEqual(Object.keys(jobs), ['one', 'two'], 'the keys')
    expectEqual(
      [jobs.one.name, jobs.two.name, jobs.one.job === one],
      ['first-job', 'second-job', true],
      'the handles',
    )
  })

  define('register gives one handle, or several by key', async ({ boot }) => {
    const one = defineJob({ name: 'one' }, () => 1)
    const two = defineJob({ name: 'two' }, () => 2)
    const three = defineJob({ name: 'three' }, () => 3)
    const { durably } = await boot()
    const handle = durably.register(one)
    const handles = durably.register({ second: two, third: three })
    durably.start()
    expectEqual((await handle.triggerAndWait()).output, 1, 'a job registered alone')
    expectEqual((await handles.second.triggerAndWait()).output, 2, 'a job registered with others')
    expectEqual((await handles.third.triggerAndWait()).output, 3, 'another one')
  })

  define('durably.defineJob defines and registers in one', async ({ boot }) => {
    const { durably } = await boot()
    const double = durably.defineJob({ name: 'double', input: anything<number>() }, (_, number) => number * 2)
    durably.start()
    expectEqual((await double.triggerAndWait(4)).output, 8, 'the output')
  })

  define('the same definition registered twice is the same handle', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    expectTrue(durably.register(job) === jobs.job, 'register answers the handle of createDurably')
    expectTrue(durably.register({ again: job }).again === jobs.job, 'so does registering it by key')
  })

  define('another definition under a taken name is refused with NAME_TAKEN', async ({ boot }) => {
    const { durably } = await boot({ jobs: { job: defineJob({ name: 'job' }, () => 1) } })
    expectEqual(
      codeOf(() => durably.register(defineJob({ name: 'job' }, () => 2))),
      'NAME_TAKEN',
      'register',
    )
    expectEqual(
      codeOf(() => durably.defineJob({ name: 'job' }, () => 2)),
      'NAME_TAKEN',
      'defineJob',
    )
  })

  define('a definition is a plain value two instances may share', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: anything<string>() }, (_, text) => text.toUpperCase())
    const one = await boot({ jobs: { job } })
    const other = await boot({ jobs: { mine: job } })
    one.durably.start()
    expectEqual((await one.jobs.job.triggerAndWait('a')).output, 'A', 'in one instance')
    await one.durably.stop()
    other.durably.start()
    expectEqual((await other.jobs.mine.triggerAndWait('b')).output, 'B', 'in the other')
  })

  for (const [what, name] of [
    ['empty', ''],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['with a control character', 'a\u0007b'],
    ['that is no text', 5 as unknown as string],
  ] as const) {
    define(`a job name that is ${what} is refused`, async ({ boot }) => {
      const { durably } = await boot()
      const code = codeOf(() => durably.register(defineJob({ name }, () => 1)))
      expectTrue(
        code === 'OPTION_INVALID' || code === 'LIMIT_EXCEEDED',
        `refused with a code, got ${String(code)}`,
      )
    })
  }

  define('something that is no job is refused', async ({ boot }) => {
    const { durably } = await boot()
    expectEqual(
      codeOf(() => durably.register({ job: { name: 'x' } as unknown as AnyJob })),
      'OPTION_INVALID',
      'an object',
    )
    expectEqual(
      codeOf(() => durably.register({ job: null as unknown as AnyJob })),
      'OPTION_INVALID',
      'null',
    )
  })
}

function codeOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return 'accepted'
}
