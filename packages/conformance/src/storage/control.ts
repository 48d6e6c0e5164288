import { canTransition, isTerminal, RUN_STATUSES } from '@durably/core'
import { expectEqual } from '../expect.ts'
import { runInStatus } from './run-in-status.ts'
import type { DefineCase } from './storage-case.ts'
import { LEASE_MS, NOW, newStep } from './workbench.ts'

const LATER = NOW + 50
const AT_REST = { heartbeatAt: null, leaseEndsAt: null, dueAt: null }

/** Acting on a run from outside: cancel, retry, remove. */
export function controlCases(define: DefineCase): void {
  for (const status of RUN_STATUSES) {
    const cancels = canTransition('cancel', status)
    define(`cancel ${cancels ? 'ends' : 'leaves'} a ${status} run`, async (bench) => {
      const run = await runInStatus(bench, status)
      const generation = run.generation + 1
      const cancelled = { ...run, ...AT_REST, status: 'cancelled', generation, finishedAt: LATER }
      const expected = { changed: cancels, run: cancels ? cancelled : run }
      expectEqual(await bench.storage.cancel(run.id, LATER), expected, 'the answer')
      expectEqual(await bench.read(run.id), expected.run, 'the run as it is stored')
    })

    const retries = canTransition('retry', status)
    define(`retry ${retries ? 'puts back' : 'leaves'} a ${status} run`, async (bench) => {
      const run = await runInStatus(bench, status)
      const generation = run.generation + 1
      const pending = { ...run, ...AT_REST, status: 'pending', generation, finishedAt: null, errorJson: null }
      const expected = { changed: retries, run: retries ? pending : run }
      expectEqual(await bench.storage.retry(run.id, LATER), expected, 'the answer')
      expectEqual(await bench.read(run.id), expected.run, 'the run as it is stored')
      if (retries) expectEqual((await bench.take(run)).run.generation, generation + 1, 'the next generation')
    })

    const ended = isTerminal(status)
    define(`remove ${ended ? 'deletes' : 'leaves'} a ${status} run`, async (bench) => {
      const run = await runInStatus(bench, status)
      expectEqual(await bench.storage.remove(run.id), { changed: ended, run }, 'the answer')
      expectEqual(await bench.storage.getRun(run.id), ended ? null : run, 'the run as it is stored')
    })
  }

  define('acting on a run nobody knows changes nothing', async ({ storage }) => {
    const expected = { changed: false, run: null }
    expectEqual(await storage.cancel('absent', NOW), expected, 'the answer of cancel')
    expectEqual(await storage.retry('absent', NOW), expected, 'the answer of retry')
    expectEqual(await storage.remove('absent'), expected, 'the answer of remove')
  })

  define('a cancelled run is not claimed, woken or recovered', async (bench) => {
    const sleeping = await bench.startAndSettle({}, { status: 'suspended', wakeAt: LATER })
    const held = await bench.start()
    const waiting = [await bench.trigger(), await bench.trigger({ readyAt: LATER })]
    for (const run of [sleeping, held.run, ...waiting]) await bench.storage.cancel(run.id, NOW)
    expectEqual(await bench.storage.nextDue([sleeping.jobName]), null, 'when something is due')
    await bench.storage.wake([sleeping.jobName], LATER)
    expectEqual(await bench.claimIds({ now: LATER }), [], 'what a claim takes')
    expectEqual((await bench.recover({ now: LATER + LEASE_MS })).claims, [], 'what a recovery takes')
  })

  define('retry keeps completed steps and marks failures as forgotten', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.recordStep(lease, newStep({ name: 'done' }), NOW)
    await bench.storage.recordStep(lease, newStep({ name: 'broken', status: 'failed', position: 1 }), NOW)
    const before = await bench.storage.getSteps(run.id)
    await bench.storage.settle(lease, { status: 'failed', errorJson: '{}' }, NOW)
    expectEqual(await bench.storage.getSteps(run.id), before, 'the steps of the failed run')
    await bench.storage.retry(run.id, NOW)
    const after = before.map((step) => ({ ...step, forgotten: step.status === 'failed' }))
    expectEqual(await bench.storage.getSteps(run.id), after, 'the steps of the retried run')
    const again = await bench.take(run)
    expectEqual(again.steps, after, 'the steps of the next attempt')
    await bench.storage.recordStep(again.lease, newStep({ name: 'broken', position: 1, attempt: 2 }), NOW)
    const statuses = (await bench.storage.getSteps(run.id)).map(({ name, status, forgotten }) => [
      name,
      status,
      forgotten,
    ])
    expectEqual(
      statuses,
      [
        ['done', 'completed', false],
        ['broken', 'failed', true],
        ['broken', 'completed', false],
      ],
      'the steps after the second attempt',
    )
  })

  define('a step that fails again after a retry is a failure of its own', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.recordStep(lease, newStep({ status: 'failed', errorJson: '1' }), NOW)
    await bench.storage.settle(lease, { status: 'failed', errorJson: '{}' }, NOW)
    await bench.storage.retry(run.id, NOW)
    const again = await bench.take(run)
    await bench.storage.recordStep(
      again.lease,
      newStep({ status: 'failed', attempt: 2, errorJson: '2' }),
      NOW,
    )
    await bench.storage.settle(again.lease, { status: 'failed', errorJson: '{}' }, NOW)
    await bench.storage.retry(run.id, NOW)
    const failures = (await bench.storage.getSteps(run.id)).map(({ errorJson, forgotten }) => [
      errorJson,
      forgotten,
    ])
    expectEqual(
      failures,
      [
        ['1', true],
        ['2', true],
      ],
      'the recorded failures',
    )
  })

  define('a refused retry forgets no failure', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.recordStep(lease, newStep({ status: 'failed' }), NOW)
    await bench.storage.retry(run.id, NOW)
    expectEqual(
      (await bench.storage.getSteps(run.id)).map((step) => step.forgotten),
      [false],
      'the recorded failure',
    )
  })

  define('a removed run takes steps, labels and logs along, and nothing of its neighbours', async (bench) => {
    const { storage } = bench
    const held = [await bench.start({ labels: { a: 'b' } }), await bench.start({ labels: { a: 'b' } })]
    for (const { lease } of held) {
      await storage.recordStep(lease, newStep(), NOW)
      await storage.appendLogs([
        { ...lease, stepName: null, level: 'info', message: 'hi', dataJson: null, createdAt: NOW },
      ])
      await storage.settle(lease, { status: 'completed', outputJson: null }, NOW)
    }
    const [gone, kept] = held.map(({ run }) => run.id)
    await storage.remove(String(gone))
    const belongings = async (id: string | undefined) => [
      (await storage.getSteps(String(id))).length,
      (await storage.getLogs(String(id), { limit: 10, cursor: null })).length,
    ]
    expectEqual(await belongings(gone), [0, 0], 'steps and logs of the removed run')
    expectEqual(await belongings(kept), [1, 1], 'steps and logs of its neighbour')
    expectEqual(await bench.list({ labels: { a: 'b' } }), [kept], 'the runs that have the label')
  })
}
