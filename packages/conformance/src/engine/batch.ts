import { defineJob } from '@durably/core'
import { expectEqual, expectRejection, expectTrue, present } from '../expect.ts'
import type { DefineCase } from './engine-case.ts'
import { rejection } from './gate.ts'
import { anything, schema } from './schema.ts'

const POSITIVE = schema<number, number>((value) =>
  value > 0 ? { value } : { issues: [{ message: 'must be positive' }] },
)

/** Storing many runs at once. */
export function batchCases(define: DefineCase): void {
  define('a batch stores all its runs with options of their own, in order', async ({ boot, time }) => {
    const order: number[] = []
    const job = defineJob({ name: 'job', input: POSITIVE }, (_, number) => {
      order.push(number)
    })
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const runs = await jobs.job.batchTrigger([
      { input: 1, options: { labels: { first: 'yes' } } },
      { input: 2, options: { idempotencyKey: 'k' } },
      { input: 3 },
    ])
    expectEqual(
      runs.map((run) => [run.input, run.status, run.created, run.labels, run.idempotencyKey]),
      [
        [1, 'pending', true, { first: 'yes' }, null],
        [2, 'pending', true, {}, 'k'],
        [3, 'pending', true, {}, null],
      ],
      'what batchTrigger answers',
    )
    expectEqual(
      events.of('run:trigger').map((event) => event.runId),
      runs.map((run) => run.id),
      'the runs published',
    )
    durably.start()
    await time.settle()
    expectEqual(order, [1, 2, 3], 'the order of execution')
  })

  define('one invalid item, and nothing is stored; the message carries its index', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: POSITIVE }, () => 1)
    const { durably, jobs, events } = await boot({ jobs: { job } })
    const error = (await rejection(
      jobs.job.batchTrigger([{ input: 1 }, { input: 2 }, { input: -3 }, { input: 4 }]),
    )) as Error & {
      code?: unknown
    }
    expectEqual(error.code, 'INPUT_INVALID', 'the code')
    expectTrue(/\b2\b/.test(error.message), `the message carries the index: ${error.message}`)
    expectEqual([await durably.getRuns(), events.types()], [[], []], 'stored runs and events')
  })

  define('an item that is no object is refused, and the message carries its index', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    for (const item of [null, undefined, 5]) {
      const error = (await rejection(jobs.job.batchTrigger([{}, item as never]))) as Error & {
        code?: unknown
      }
      expectEqual(error.code, 'OPTION_INVALID', `the code for ${item}`)
      expectTrue(/\b1\b/.test(error.message), `the message carries the index: ${error.message}`)
    }
    expectEqual(await durably.getRuns(), [], 'stored runs')
  })

  define('a bad option of one item is refused like a bad input', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: POSITIVE }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job } })
    const items = [{ input: 1 }, { input: 2, options: { idempotencyKey: 'a\u0000b' } }]
    const error = (await rejection(jobs.job.batchTrigger(items))) as Error & { code?: unknown }
    expectEqual(error.code, 'OPTION_INVALID', 'the code')
    expectTrue(/\b1\b/.test(error.message), `the message carries the index: ${error.message}`)
    expectEqual(await durably.getRuns(), [], 'stored runs')
  })

  define('an empty batch is an empty list', async ({ boot }) => {
    const job = defineJob({ name: 'job' }, () => 1)
    const { jobs, storage, events } = await boot({ jobs: { job } })
    expectEqual(await jobs.job.batchTrigger([]), [], 'what batchTrigger answers')
    expectEqual([storage.calls, events.types()], [[], []], 'calls and events')
  })

  define('a batch over the limit is refused before anything is written', async ({ boot }) => {
    const job = defineJob({ name: 'job', input: anything<number>() }, () => 1)
    const { durably, jobs } = await boot({ jobs: { job }, limits: { batch: 3 } })
    await expectRejection(
      jobs.job.batchTrigger([{ input: 1 }, { input: 2 }, { input: 3 }, { input: 4 }]),
      'LIMIT_EXCEEDED',
      'four items',
    )
    expectEqual(
      (await jobs.job.batchTrigger([{ input: 1 }, { input: 2 }, { input: 3 }])).length,
      3,
      'three items',
    )
    expectEqual((await durably.getRuns()).length, 3, 'stored runs')
  })

  define('ten thousand runs are stored by one call', async ({ boot, time }) => {
    const job = defineJob({ name: 'job', input: anything<number>() }, () => 1)
    const { jobs, storage } = await boot({ jobs: { job } })
    const runs = await jobs.job.batchTrigger(Array.from({ length: 10_000 }, (_, input) => ({ input })))
    await time.settle()
    expectEqual(storage.calls, ['enqueue'], 'the calls of the storage')
    expectEqual([runs.length, present(runs.at(-1), 'the last run').input], [10_000, 9_999], 'the runs')
    expectEqual(
      runs.map((run) => run.id),
      runs.map((run) => run.id).toSorted(),
      'the ids, which sort in order of creation',
    )
  })
}
