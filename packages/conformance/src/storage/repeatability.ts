import type { Outcome, RunRecord } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { LEASE_MS, NOW, newStep, nextClaimId } from './workbench.ts'

/** Every verb may be repeated when nobody knows whether the first call arrived. */
export function repeatabilityCases(define: DefineCase): void {
  define('a repeated claim answers the same runs and takes no more', async (bench) => {
    await bench.triggerAll([{}, {}, {}])
    const claimId = nextClaimId()
    const first = await bench.claim({ claimId, limit: 2 })
    expectEqual(await bench.claim({ claimId, limit: 2 }), first, 'the repeated claim')
    expectEqual((await bench.list({ statuses: ['running'] })).length, 2, 'how many runs are running')
  })

  define('a claim repeated with a larger limit adds to what it holds', async (bench) => {
    const ids = (await bench.triggerAll([{}, {}, {}])).map((run) => run.id)
    const claimId = nextClaimId()
    await bench.claim({ claimId, limit: 1 })
    const claims = await bench.claim({ claimId, limit: 3 })
    expectEqual(
      claims.map(({ run }) => run.id),
      ids,
      'the runs of the claim',
    )
    expectEqual(
      claims.map(({ run }) => run.generation),
      [1, 1, 1],
      'their generations',
    )
  })

  define('a claim repeated with a smaller limit still answers what it holds', async (bench) => {
    await bench.triggerAll([{}, {}, {}])
    const claimId = nextClaimId()
    const first = await bench.claim({ claimId, limit: 2 })
    expectEqual(await bench.claim({ claimId, limit: 1 }), first, 'the repeated claim')
  })

  define('a repeated recovery answers the same runs', async (bench) => {
    await bench.start()
    await bench.start()
    const claimId = nextClaimId()
    const first = await bench.recover({ claimId })
    expectEqual(first.claims.length, 2, 'how many runs were recovered')
    expectEqual((await bench.recover({ claimId })).claims, first.claims, 'the repeated recovery')
  })

  for (const outcome of OUTCOMES) {
    define(`settling twice as ${outcome.status} under one generation is settling once`, async (bench) => {
      const { lease } = await bench.start({ concurrencyKey: 'k' })
      await bench.storage.settle(lease, outcome, NOW + 1)
      const once = await bench.read(lease.runId)
      await bench.storage.settle(lease, outcome, NOW + 1)
      expectEqual(await bench.read(lease.runId), once, 'the run')
    })
  }

  define('a step recorded twice under one generation is recorded once', async (bench) => {
    const { lease } = await bench.start()
    for (const step of [newStep({ status: 'failed' }), newStep({ attempt: 2 })]) {
      await bench.storage.recordStep(lease, step, NOW)
      await bench.storage.recordStep(lease, step, NOW)
    }
    const steps = await bench.storage.getSteps(lease.runId)
    expectEqual(
      steps.map((step) => step.status),
      ['failed', 'completed'],
      'the recorded steps',
    )
  })

  define('cancelling again leaves the run as it is', async (bench) => {
    const run = await bench.trigger()
    const first = await bench.storage.cancel(run.id, NOW)
    const second = await bench.storage.cancel(run.id, NOW + 1)
    expectEqual([first.changed, second], [true, { changed: false, run: first.run }], 'the answers')
    await expectUnchanged(bench, first.run)
  })

  define('retrying again leaves the run as it is', async (bench) => {
    const run = await bench.startAndSettle({}, { status: 'failed', errorJson: '{}' })
    const first = await bench.storage.retry(run.id, NOW)
    const second = await bench.storage.retry(run.id, NOW + 1)
    expectEqual([first.changed, second.run], [true, first.run], 'the answers')
    await expectUnchanged(bench, first.run)
  })

  define('removing again finds no run', async (bench) => {
    const run = await bench.startAndSettle({}, { status: 'completed', outputJson: null })
    expectEqual(await bench.storage.remove(run.id), { changed: true, run }, 'the first answer')
    expectEqual(await bench.storage.remove(run.id), { changed: false, run: null }, 'the second answer')
  })

  define('renewing and waking may be repeated', async (bench) => {
    const { lease } = await bench.start()
    const delayed = await bench.trigger({ readyAt: NOW + 1 })
    for (const _ of ['once', 'again']) {
      expectEqual(await bench.storage.renew([lease], NOW + 5, LEASE_MS), [lease], 'the leases still held')
      await bench.storage.wake([delayed.jobName], NOW + 5)
    }
    expectEqual((await bench.read(lease.runId)).leaseEndsAt, NOW + 5 + LEASE_MS, 'the end of the lease')
    expectEqual(await bench.claimIds(), [delayed.id], 'the run that was woken')
  })
}

const OUTCOMES: readonly Outcome[] = [
  { status: 'completed', outputJson: '1' },
  { status: 'failed', errorJson: '{}' },
  { status: 'suspended', wakeAt: NOW + 100 },
  { status: 'suspended', wakeAt: null },
  { status: 'released' },
]

async function expectUnchanged(bench: StorageBench, run: RunRecord | null): Promise<void> {
  expectEqual(await bench.storage.getRun(run?.id ?? ''), run, 'the run as it is stored')
}
