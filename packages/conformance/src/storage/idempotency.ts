import { expectEqual } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { NOW, newRun } from './workbench.ts'

/** One run per job and idempotency key. */
export function idempotencyCases(define: DefineCase): void {
  define('a second run of a key is not stored, and the first is answered as it is', async (bench) => {
    const first = await bench.trigger({ idempotencyKey: 'k', inputJson: '1' })
    const [again] = await bench.storage.enqueue(
      [newRun({ idempotencyKey: 'k', inputJson: '2', labels: { a: 'b' } })],
      NOW + 1,
    )
    expectEqual(again, { run: first, created: false }, 'the second answer')
    expectEqual(await bench.list(), [first.id], 'the runs')
    expectEqual(await bench.list({ labels: { a: 'b' } }), [], 'the runs that have the labels of the second')
  })

  define('a key belongs to its job', async (bench) => {
    const [a, b] = await bench.storage.enqueue(
      [newRun({ jobName: 'a', idempotencyKey: 'k' }), newRun({ jobName: 'b', idempotencyKey: 'k' })],
      NOW,
    )
    expectEqual([a?.created, b?.created], [true, true], 'which runs were created')
  })

  define('a key twice in one list is one run', async (bench) => {
    const answers = await bench.storage.enqueue(
      [
        newRun({ idempotencyKey: 'k', inputJson: '1' }),
        newRun(),
        newRun({ idempotencyKey: 'k', inputJson: '3' }),
      ],
      NOW,
    )
    expectEqual(
      answers.map((answer) => answer.created),
      [true, true, false],
      'which runs were created',
    )
    expectEqual(answers[2]?.run, answers[0]?.run, 'the run of the repeated key')
    expectEqual((await bench.list()).length, 2, 'how many runs there are')
  })

  define('a list may hold known and new keys', async (bench) => {
    const known = await bench.trigger({ idempotencyKey: 'known' })
    const answers = await bench.storage.enqueue(
      [
        newRun({ idempotencyKey: 'new' }),
        newRun({ idempotencyKey: 'known' }),
        newRun({ idempotencyKey: 'new' }),
      ],
      NOW,
    )
    expectEqual(
      answers.map((answer) => answer.created),
      [true, false, false],
      'which runs were created',
    )
    expectEqual(answers[1]?.run, known, 'the known run')
    expectEqual(answers[2]?.run.id, answers[0]?.run.id, 'the run of the repeated key')
  })

  define('runs without a key never meet', async (bench) => {
    const answers = await bench.storage.enqueue([newRun(), newRun()], NOW)
    expectEqual(
      answers.map((answer) => answer.created),
      [true, true],
      'which runs were created',
    )
  })

  define('the answer shows what has become of the run', async (bench) => {
    const ended = await bench.startAndSettle(
      { idempotencyKey: 'k' },
      { status: 'completed', outputJson: '7' },
    )
    const [again] = await bench.storage.enqueue([newRun({ idempotencyKey: 'k' })], NOW)
    expectEqual(again, { run: ended, created: false }, 'the answer for a completed run')
  })

  define('a key lives as long as its run', async (bench) => {
    const first = await bench.startAndSettle(
      { idempotencyKey: 'k' },
      { status: 'completed', outputJson: null },
    )
    await bench.storage.remove(first.id)
    const [again] = await bench.storage.enqueue([newRun({ idempotencyKey: 'k' })], NOW)
    expectEqual([again?.created, again?.run.id === first.id], [true, false], 'created anew, under another id')
  })

  define('of many at once exactly one is created, and all get it', async (bench) => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bench.storage.enqueue([newRun({ idempotencyKey: 'k' })], NOW)),
    )
    expectEqual(answers.filter(([answer]) => answer?.created).length, 1, 'how many were created')
    expectEqual(new Set(answers.map(([answer]) => answer?.run.id)).size, 1, 'how many ids were answered')
  })

  define(
    'of many owners at once exactly one creates it, and all get it',
    async (bench) => {
      const owners = [bench, await bench.openAgain(), await bench.openAgain()]
      for (const round of [1, 2, 3, 4, 5]) {
        const wanted = [newRun({ idempotencyKey: `k${round}` })]
        const answers = await Promise.all(owners.map((owner) => owner.storage.enqueue(wanted, NOW)))
        expectEqual(answers.filter(([answer]) => answer?.created).length, 1, 'how many were created')
        expectEqual(new Set(answers.map(([answer]) => answer?.run.id)).size, 1, 'how many ids were answered')
      }
    },
    { needs: 'shared' },
  )
}
