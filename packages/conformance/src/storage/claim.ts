import { expectEqual } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { JOB, LEASE_MS, NOW, newRun, newStep, nextClaimId } from './workbench.ts'

/** Taking runs. */
export function claimCases(define: DefineCase): void {
  define('a claimed run is running under its first generation and a lease', async (bench) => {
    const run = await bench.trigger()
    const [claim] = await bench.claim({ now: NOW + 7 })
    const expected = {
      ...run,
      status: 'running',
      generation: 1,
      startedAt: NOW + 7,
      heartbeatAt: NOW + 7,
      leaseEndsAt: NOW + 7 + LEASE_MS,
    }
    expectEqual(claim, { run: expected, steps: [] }, 'the claim')
    expectEqual(await bench.read(run.id), expected, 'the run as it is stored')
  })

  define('the oldest runs are taken first, as many as the limit says', async (bench) => {
    const ids = (await bench.triggerAll([{}, {}, {}, {}, {}])).map((run) => run.id)
    expectEqual(await bench.claimIds({ limit: 2 }), ids.slice(0, 2), 'the first claim')
    expectEqual(await bench.claimIds({ limit: 10 }), ids.slice(2), 'the second claim')
    expectEqual(await bench.claimIds({ limit: 10 }), [], 'the third claim')
  })

  define('runs created when the wall clock had been set back keep their place in line', async (bench) => {
    const first = await bench.trigger({}, NOW)
    const second = await bench.trigger({}, NOW - 86_400_000)
    expectEqual(await bench.claimIds({ now: NOW - 86_400_000 }), [first.id, second.id], 'the claim')
  })

  define('runs of several jobs are merged in order of creation', async (bench) => {
    const runs = await bench.triggerAll(['b', 'a', 'b', 'a', 'c'].map((jobName) => ({ jobName })))
    const ids = runs.map((run) => run.id)
    expectEqual(await bench.claimIds({ jobNames: ['a', 'b', 'c'], limit: 3 }), ids.slice(0, 3), 'the claim')
    expectEqual(await bench.claimIds({ jobNames: ['a', 'b', 'c'] }), ids.slice(3), 'the next claim')
  })

  define('runs of jobs that were not named are left alone', async (bench) => {
    await bench.triggerAll([{ jobName: 'unknown' }, { jobName: 'unknown' }])
    const mine = await bench.trigger()
    expectEqual(await bench.claimIds({ limit: 1 }), [mine.id], 'the claim')
    expectEqual(await bench.claimIds({ jobNames: [] }), [], 'a claim that names no job')
    expectEqual((await bench.list({ statuses: ['pending'] })).length, 2, 'how many stay pending')
  })

  define('a limit of nothing, or less, takes nothing', async (bench) => {
    await bench.trigger()
    expectEqual(await bench.claimIds({ limit: 0 }), [], 'a claim of none')
    expectEqual(await bench.claimIds({ limit: -3 }), [], 'a claim of less than none')
  })

  define('the limit is asked after the call, so that slots freed until then count', async (bench) => {
    await bench.trigger()
    let free = 0
    const claiming = bench.storage.claim({
      jobNames: [JOB],
      limit: () => free,
      claimId: nextClaimId(),
      now: NOW,
      leaseMs: LEASE_MS,
    })
    free = 1
    expectEqual((await claiming).length, 1, 'how many runs were claimed')
  })

  define('only pending runs are taken', async (bench) => {
    await bench.start()
    for (const status of ['completed', 'failed', 'suspended'] as const) {
      await bench.startAndSettle({}, outcomeOf(status))
    }
    const cancelled = await bench.trigger()
    await bench.storage.cancel(cancelled.id, NOW)
    expectEqual(await bench.claimIds(), [], 'the claim')
  })

  define('no run is taken by two claims of the same turn', async (bench) => {
    const ids = (await bench.triggerAll(Array.from({ length: 30 }, () => ({})))).map((run) => run.id)
    const claims = await Promise.all(Array.from({ length: 10 }, () => bench.claimIds({ limit: 4 })))
    expectEqual(claims.flat().toSorted(), ids, 'the runs of all claims together')
  })

  define(
    'no run is taken by two owners',
    async (bench) => {
      const owners = [bench, await bench.openAgain(), await bench.openAgain()]
      const ids = (await bench.triggerAll(Array.from({ length: 60 }, () => ({})))).map((run) => run.id)
      const taken: string[] = []
      while (taken.length < ids.length) {
        const round = (await Promise.all(owners.map((owner) => owner.claimIds({ limit: 5 })))).flat()
        if (round.length === 0) break
        taken.push(...round)
      }
      expectEqual(taken.toSorted(), ids, 'the runs of all claims together')
    },
    { needs: 'shared' },
  )

  define('changes of one turn take effect in the order of submission', async (bench) => {
    const { storage } = bench
    const first = await bench.start({ concurrencyKey: 'k' })
    const [, enqueued, next] = await Promise.all([
      storage.settle(first.lease, { status: 'completed', outputJson: null }, NOW),
      storage.enqueue([newRun({ concurrencyKey: 'k' })], NOW),
      bench.claimIds(),
    ])
    expectEqual(next, [enqueued[0]?.run.id], 'the claim behind a settle and an enqueue')
  })

  define('a later attempt comes with the recorded steps, by position, then attempt', async (bench) => {
    const { storage } = bench
    const { lease, run, steps } = await bench.start()
    expectEqual(steps, [], 'the steps of the first attempt')
    await storage.recordStep(lease, newStep({ name: 'later', position: 1, outputJson: '"b"' }), NOW)
    await storage.recordStep(lease, newStep({ name: 'early', status: 'failed' }), NOW)
    await storage.recordStep(lease, newStep({ name: 'early', attempt: 2, outputJson: '"a"' }), NOW)
    await storage.settle(lease, { status: 'released' }, NOW)
    const again = await bench.take(run, { now: NOW + 9 })
    expectEqual(again.run.generation, 2, 'the generation')
    expectEqual(
      [again.run.startedAt, again.run.heartbeatAt],
      [NOW, NOW + 9],
      'first start and latest heartbeat',
    )
    expectEqual(
      again.steps.map((step) => [step.name, step.status, step.attempt, step.outputJson]),
      [
        ['early', 'failed', 1, null],
        ['early', 'completed', 2, '"a"'],
        ['later', 'completed', 1, '"b"'],
      ],
      'the steps of the second attempt',
    )
    expectEqual(
      again.steps,
      await storage.getSteps(run.id),
      'the steps of the claim and those of the listing',
    )
  })

  define('each run of a claim gets its own steps', async (bench) => {
    const held = [await bench.start(), await bench.start(), await bench.start()]
    for (const [index, { lease }] of held.entries()) {
      if (index > 0) await bench.storage.recordStep(lease, newStep({ outputJson: String(index) }), NOW)
      await bench.storage.settle(lease, { status: 'released' }, NOW)
    }
    const claims = await bench.claim()
    expectEqual(
      claims.map(({ steps }) => steps.map((step) => step.outputJson)),
      [[], ['1'], ['2']],
      'the steps of each claim',
    )
  })
}

function outcomeOf(status: 'completed' | 'failed' | 'suspended') {
  if (status === 'completed') return { status, outputJson: null }
  return status === 'failed' ? { status, errorJson: '{}' } : { status, wakeAt: null }
}
