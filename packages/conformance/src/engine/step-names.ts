import { defineJob, type StepContext } from '@durably/core'
import { expectEqual, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import type { World } from './world.ts'

/** How steps may be called. */
export function stepNameCases(define: DefineCase): void {
  define('a second use of a name fails the run and names it', async (world) => {
    let executions = 0
    const count = () => {
      executions += 1
    }
    const error = await failureOf(world, async (step) => {
      await step.run('send mail', count)
      await step.run('send mail', count)
    })
    expectEqual([error.code, executions], ['STEP_NAME_CONFLICT', 1], 'the code and the executions')
    expectTrue(error.message.includes('"send mail"'), `the message names the step: ${error.message}`)
  })

  define('two steps of one name side by side are refused as well', async (world) => {
    let executions = 0
    const count = () => {
      executions += 1
    }
    const error = await failureOf(world, (step) =>
      Promise.all([step.run('same', count), step.run('same', count)]),
    )
    expectEqual([error.code, executions], ['STEP_NAME_CONFLICT', 1], 'the code and the executions')
  })

  define('a step started in the synchronous part of another body is refused', async (world) => {
    let executed = false
    const error = await failureOf(world, (step) =>
      step.run('outer', () =>
        step.run('inner', () => {
          executed = true
        }),
      ),
    )
    expectEqual(
      [error.code, executed],
      ['STEP_NAME_CONFLICT', false],
      'the code, and whether the inner body ran',
    )
    expectTrue(
      error.message.includes('"inner"') && error.message.includes('"outer"'),
      `the message names both: ${error.message}`,
    )
  })

  for (const [what, name, code] of [
    ['empty', '', 'OPTION_INVALID'],
    ['longer than 255 characters', 'x'.repeat(256), 'LIMIT_EXCEEDED'],
    ['with a control character', 'a\nb', 'OPTION_INVALID'],
    ['with a byte order mark', '\uFEFFa', 'OPTION_INVALID'],
    ['with half of a surrogate pair', 'a\uD800', 'OPTION_INVALID'],
  ] as const) {
    define(`a name that is ${what} is refused and its body is not executed`, async (world) => {
      let executed = false
      const error = await failureOf(world, (step) =>
        step.run(name, () => {
          executed = true
        }),
      )
      expectEqual([error.code, executed], [code, false], 'the code, and whether the body ran')
    })
  }

  define('hostile names are plain names', async ({ boot }) => {
    const names = [
      "'; DROP TABLE durably_runs; --",
      '__proto__',
      'constructor',
      'toString',
      'x'.repeat(255),
      '🙂',
      '%',
      '"',
    ]
    const job = defineJob({ name: 'job' }, async (step) => {
      const results: string[] = []
      for (const name of names) results.push(await step.run(name, () => `result of ${name}`))
      return results
    })
    const { durably, jobs } = await boot({ jobs: { job } })
    const { id } = await jobs.job.trigger()
    await durably.processUntilIdle()
    expectEqual(
      (await durably.getRun(id))?.output,
      names.map((name) => `result of ${name}`),
      'the output',
    )
    expectEqual(
      (await durably.getSteps(id)).map((step) => step.name),
      names,
      'the recorded names',
    )
  })
}

/** The error a run of this handler fails with. */
async function failureOf({ boot }: World, handler: (step: StepContext) => Promise<unknown>) {
  const job = defineJob({ name: 'job' }, handler)
  const { durably, jobs } = await boot({ jobs: { job } })
  const { id } = await jobs.job.trigger()
  await durably.processUntilIdle()
  const { status, error } = present(await durably.getRun(id), 'the run')
  expectEqual(status, 'failed', 'the status')
  return present(error, 'the error')
}
