import { expectEqual } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { LEASE_MS, NOW, newStep } from './workbench.ts'

const LATER = NOW + 50
const NO_LEASE = { heartbeatAt: null, leaseEndsAt: null }

/** Ending an attempt. */
export function settleCases(define: DefineCase): void {
  define('a completed run has its output and the time it ended', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.settle(lease, { status: 'completed', outputJson: '{ "ok": true }' }, LATER)
    const expected = {
      ...run,
      ...NO_LEASE,
      status: 'completed',
      outputJson: '{ "ok": true }',
      finishedAt: LATER,
    }
    expectEqual(await bench.read(run.id), expected, 'the run')
  })

  define('a run without output is not a run whose output is null', async (bench) => {
    const nothing = await bench.startAndSettle({}, { status: 'completed', outputJson: null })
    const nil = await bench.startAndSettle({}, { status: 'completed', outputJson: 'null' })
    expectEqual([nothing.outputJson, nil.outputJson], [null, 'null'], 'the outputs')
  })

  define('a failed run has its error, its steps and the time it ended', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.recordStep(lease, newStep(), NOW)
    await bench.storage.settle(lease, { status: 'failed', errorJson: '{"message":"no"}' }, LATER)
    const expected = {
      ...run,
      ...NO_LEASE,
      status: 'failed',
      errorJson: '{"message":"no"}',
      finishedAt: LATER,
    }
    expectEqual(await bench.read(run.id), expected, 'the run')
    expectEqual((await bench.storage.getSteps(run.id)).length, 1, 'how many steps are kept')
  })

  define('a sleeping run says when it is due, and is not claimable before', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.settle(lease, { status: 'suspended', wakeAt: LATER }, NOW)
    const expected = { ...run, ...NO_LEASE, status: 'suspended', dueAt: LATER }
    expectEqual(await bench.read(run.id), expected, 'the run')
    expectEqual(await bench.claimIds({ now: LATER - 1 }), [], 'what a claim takes')
  })

  define('a run asleep until something wakes it is not claimable', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.settle(lease, { status: 'suspended', wakeAt: null }, NOW)
    expectEqual(await bench.read(run.id), { ...run, ...NO_LEASE, status: 'suspended' }, 'the run')
    await bench.storage.wake([run.jobName], NOW + LEASE_MS)
    expectEqual(await bench.claimIds({ now: NOW + LEASE_MS }), [], 'what a claim takes')
  })

  define('a run handed back is claimable at once, under the next generation', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    expectEqual(await bench.read(run.id), { ...run, ...NO_LEASE, status: 'pending' }, 'the run')
    expectEqual((await bench.take(run)).run.generation, 2, 'the generation of the next attempt')
  })

  define('a run handed back keeps its place in line', async (bench) => {
    const first = await bench.start()
    const second = await bench.trigger()
    await bench.storage.settle(first.lease, { status: 'released' }, NOW)
    expectEqual(await bench.claimIds(), [first.run.id, second.id], 'what a claim takes')
  })
}
