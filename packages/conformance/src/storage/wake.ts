import { expectEqual } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { JOB, NOW } from './workbench.ts'

/** Delayed and sleeping runs. */
export function wakeCases(define: DefineCase): void {
  define('the first due time is that of the delayed and sleeping runs of the named jobs', async (bench) => {
    expectEqual(await bench.storage.nextDue([JOB]), null, 'with no run at all')
    await bench.trigger()
    expectEqual(await bench.storage.nextDue([JOB]), null, 'with a run that is not delayed')
    await bench.claim()
    await bench.trigger({ readyAt: NOW + 300 })
    expectEqual(await bench.storage.nextDue([JOB]), NOW + 300, 'with a delayed run')
    await bench.startAndSettle({}, { status: 'suspended', wakeAt: NOW + 200 })
    await bench.startAndSettle({}, { status: 'suspended', wakeAt: null })
    expectEqual(await bench.storage.nextDue([JOB]), NOW + 200, 'with a sleeping run')
    await bench.trigger({ readyAt: NOW + 100, jobName: 'other' })
    expectEqual(await bench.storage.nextDue([JOB]), NOW + 200, 'with a run of a job that is not named')
    expectEqual(await bench.storage.nextDue([JOB, 'other']), NOW + 100, 'with both jobs named')
    expectEqual(await bench.storage.nextDue([]), null, 'with no job named')
  })

  define('a due time that has passed is still answered, until the run was woken', async (bench) => {
    await bench.trigger({ readyAt: NOW - 1000 })
    expectEqual(await bench.storage.nextDue([JOB]), NOW - 1000, 'before the wake')
    await bench.storage.wake([JOB], NOW)
    expectEqual(await bench.storage.nextDue([JOB]), null, 'after the wake')
  })

  define('what is due becomes claimable, and nothing else', async (bench) => {
    const due = await bench.trigger({ readyAt: NOW + 10 })
    const later = await bench.trigger({ readyAt: NOW + 11 })
    const other = await bench.trigger({ readyAt: NOW + 10, jobName: 'other' })
    await bench.storage.wake([JOB], NOW + 10)
    expectEqual(
      await bench.claimIds({ jobNames: [JOB, 'other'], now: NOW + 10 }),
      [due.id],
      'what a claim takes',
    )
    expectEqual((await bench.read(later.id)).dueAt, NOW + 11, 'the due time of the later run')
    expectEqual((await bench.read(other.id)).dueAt, NOW + 10, 'the due time of the run of another job')
  })

  define('of many that are due at once, none is forgotten', async (bench) => {
    const many = Array.from({ length: 1500 }, () => ({ readyAt: NOW + 1 }))
    const keyed = ['k', 'l'].map((concurrencyKey) => ({ readyAt: NOW + 2, concurrencyKey }))
    await bench.triggerAll([...many, ...keyed])
    for (let wakes = 0; wakes < 10 && (await bench.storage.nextDue([JOB])) !== null; wakes++)
      await bench.storage.wake([JOB], NOW + 2)
    expectEqual((await bench.claimIds({ now: NOW + 2 })).length, 1502, 'how many a claim takes')
  })

  define('a woken run is pending and has no due time', async (bench) => {
    const delayed = await bench.trigger({ readyAt: NOW + 1 })
    const sleeping = await bench.startAndSettle({}, { status: 'suspended', wakeAt: NOW + 1 })
    await bench.storage.wake([JOB], NOW + 1)
    for (const run of [delayed, sleeping]) {
      expectEqual(await bench.read(run.id), { ...run, status: 'pending', dueAt: null }, 'the run')
    }
  })

  define('a woken run goes before those created after it', async (bench) => {
    const delayed = await bench.trigger({ readyAt: NOW + 1 })
    const newer = await bench.trigger()
    await bench.storage.wake([JOB], NOW + 1)
    expectEqual(await bench.claimIds(), [delayed.id, newer.id], 'what a claim takes')
  })

  define('waking leaves running and ended runs as they are', async (bench) => {
    const ended = await bench.startAndSettle({}, { status: 'completed', outputJson: null })
    const { run } = await bench.start()
    await bench.storage.wake([JOB], NOW + 1_000_000)
    expectEqual([await bench.read(run.id), await bench.read(ended.id)], [run, ended], 'the runs')
  })
}
