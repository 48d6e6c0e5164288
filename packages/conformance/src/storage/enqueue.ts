import { expectEqual, expectTrue } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { NOW, newRun } from './workbench.ts'

/** Storing runs. */
export function enqueueCases(define: DefineCase): void {
  define('a run is stored as pending, with every field as it was given', async (bench) => {
    const origin = await bench.trigger()
    const [answer] = await bench.storage.enqueue(
      [
        {
          jobName: 'import',
          inputJson: '{"a":[1,null,"x"]}',
          idempotencyKey: 'once',
          concurrencyKey: 'line',
          labels: { org: 'acme' },
          readyAt: null,
          originId: origin.id,
        },
      ],
      NOW + 5,
    )
    const expected = {
      id: answer?.run.id,
      jobName: 'import',
      status: 'pending',
      generation: 0,
      recoveries: 0,
      idempotencyKey: 'once',
      concurrencyKey: 'line',
      labelsJson: '{"org":"acme"}',
      originId: origin.id,
      createdAt: NOW + 5,
      startedAt: null,
      finishedAt: null,
      heartbeatAt: null,
      leaseEndsAt: null,
      dueAt: null,
      inputJson: '{"a":[1,null,"x"]}',
      outputJson: null,
      progressJson: null,
      errorJson: null,
    }
    expectEqual(answer, { run: expected, created: true }, 'the answer of enqueue')
    expectEqual(await bench.read(String(answer?.run.id)), expected, 'the run as it is stored')
  })

  define('what a run does not have is null', async (bench) => {
    const run = await bench.trigger()
    const absent = [run.idempotencyKey, run.concurrencyKey, run.labelsJson, run.originId, run.dueAt]
    expectEqual(absent, [null, null, null, null, null], 'the fields that were not given')
  })

  define('JSON is kept as text, not as a value', async (bench) => {
    for (const inputJson of [
      '{"b":1,"a":1}',
      ' [1, 2] ',
      '1.0',
      '1e400',
      '{"a":1,"a":2}',
      '"\\u0000"',
      'null',
      '""',
    ]) {
      const run = await bench.trigger({ inputJson })
      expectEqual((await bench.read(run.id)).inputJson, inputJson, 'the text of the input')
    }
  })

  define('answers come in the order of the list, under ids that grow', async (bench) => {
    const inputs = Array.from({ length: 50 }, (_, index) => String(index))
    const runs = await bench.triggerAll(inputs.map((inputJson) => ({ inputJson })))
    expectEqual(
      runs.map((run) => run.inputJson),
      inputs,
      'the inputs of the answers',
    )
    expectEqual(
      runs.map((run) => run.id),
      runs.map((run) => run.id).toSorted(),
      'the ids of the answers',
    )
    expectEqual(new Set(runs.map((run) => run.id)).size, 50, 'how many different ids there are')
  })

  define('ids keep growing when the wall clock is set back', async (bench) => {
    const before = await bench.trigger({}, NOW)
    const after = await bench.trigger({}, NOW - 86_400_000)
    expectTrue(after.id > before.id, `the later run must have the larger id: ${before.id}, then ${after.id}`)
    expectEqual(after.createdAt, NOW - 86_400_000, 'the time of creation')
  })

  define('an empty list stores nothing', async (bench) => {
    expectEqual(await bench.storage.enqueue([], NOW), [], 'the answer')
    expectEqual(await bench.list(), [], 'the runs')
  })

  define('a thousand runs are stored at once', async (bench) => {
    await bench.storage.enqueue(
      Array.from({ length: 1000 }, () => newRun({ labels: { size: 'large' } })),
      NOW,
    )
    expectEqual((await bench.list({ labels: { size: 'large' } })).length, 1000, 'how many runs are listed')
  })

  define('a delayed run says when it is due, and is not claimable before', async (bench) => {
    const run = await bench.trigger({ readyAt: NOW + 1000 })
    expectEqual([run.status, run.dueAt], ['pending', NOW + 1000], 'status and due time')
    expectEqual(await bench.claimIds({ now: NOW + 999 }), [], 'the runs claimed before that time')
  })
}
