import type { Lease, NewLogEntry } from '@durably/core'
import { expectEqual } from '../expect.ts'
import type { DefineCase, StorageBench } from './storage-case.ts'
import { NOW } from './workbench.ts'

/** Log lines. */
export function logCases(define: DefineCase): void {
  define('a line is stored with every field', async (bench) => {
    const { lease } = await bench.start()
    const line = {
      stepName: 'fetch',
      level: 'warn',
      message: 'slow\n',
      dataJson: '{ "ms": 3 }',
      createdAt: NOW + 4,
    } as const
    await bench.storage.appendLogs([{ ...lease, ...line }])
    const [stored, ...others] = await bench.storage.getLogs(lease.runId, { limit: 10, cursor: null })
    expectEqual([stored, others], [{ ...line, runId: lease.runId, id: stored?.id }, []], 'the stored lines')
  })

  define('lines are read oldest first, in pages', async (bench) => {
    const { lease } = await bench.start()
    await bench.storage.appendLogs([entry(lease, '1'), entry(lease, '2'), entry(lease, '3')])
    await bench.storage.appendLogs([entry(lease, '4'), entry(lease, '5')])
    const read: string[] = []
    for (let cursor: string | null = null; ; ) {
      const page = await bench.storage.getLogs(lease.runId, { limit: 2, cursor })
      if (page.length === 0) break
      read.push(...page.map((line) => line.message))
      cursor = page.at(-1)?.id ?? null
    }
    expectEqual(read, ['1', '2', '3', '4', '5'], 'what the pages showed')
  })

  define('lines of several runs in one call reach each its run', async (bench) => {
    const [one, other] = [await bench.start(), await bench.start()]
    await bench.storage.appendLogs([entry(one.lease, 'a'), entry(other.lease, 'b'), entry(one.lease, 'c')])
    expectEqual(await messages(bench, one.lease), ['a', 'c'], 'the lines of the first run')
    expectEqual(await messages(bench, other.lease), ['b'], 'the lines of the second run')
  })

  define('the last lines of an attempt may come after it was settled', async (bench) => {
    const { lease } = await bench.start()
    await bench.storage.settle(lease, { status: 'completed', outputJson: null }, NOW)
    await bench.storage.appendLogs([entry(lease, 'last')])
    expectEqual(await messages(bench, lease), ['last'], 'the lines')
  })

  define('lines of another generation are dropped, without an error', async (bench) => {
    const { lease, run } = await bench.start()
    await bench.storage.settle(lease, { status: 'released' }, NOW)
    const again = await bench.take(run)
    await bench.storage.appendLogs([
      entry(lease, 'stale'),
      entry(again.lease, 'current'),
      entry({ ...lease, generation: 3 }, 'future'),
      entry({ runId: 'absent', generation: 1 }, 'nowhere'),
    ])
    expectEqual(await messages(bench, lease), ['current'], 'the lines')
    await bench.storage.cancel(run.id, NOW)
    await bench.storage.appendLogs([entry(again.lease, 'after cancel')])
    expectEqual(await messages(bench, lease), ['current'], 'the lines of the cancelled run')
  })

  define('no line, and no run, is no error', async (bench) => {
    await bench.storage.appendLogs([])
    expectEqual(
      await messages(bench, { runId: 'absent', generation: 1 }),
      [],
      'the lines of a run nobody knows',
    )
  })
}

function entry(lease: Lease, message: string): NewLogEntry {
  return { ...lease, stepName: null, level: 'info', message, dataJson: null, createdAt: NOW }
}

async function messages(bench: StorageBench, { runId }: Lease): Promise<readonly string[]> {
  return (await bench.storage.getLogs(runId, { limit: 100, cursor: null })).map((line) => line.message)
}
