import { expectEqual, expectRejection } from '../expect.ts'
import { EVERY_VERB } from './every-verb.ts'
import type { DefineCase } from './storage-case.ts'
import { filter, NOW, newRun, newStep } from './workbench.ts'

/** Releasing the database. */
export function closeCases(define: DefineCase): void {
  define('every verb rejects with STOPPED after close', async ({ storage }) => {
    await storage.close()
    for (const [name, call] of EVERY_VERB) await expectRejection(call(storage), 'STOPPED', name)
    await expectRejection(storage.migrate(), 'STOPPED', 'migrate')
  })

  define('closing again, at once or later, is no error', async ({ storage }) => {
    await Promise.all([storage.close(), storage.close()])
    await storage.close()
  })

  define('a storage that was never used can be closed', async ({ storage }) => storage.close(), {
    migrated: false,
  })

  define('close waits for what was submitted', async (bench) => {
    const enqueuing = bench.storage.enqueue([newRun()], NOW)
    await bench.storage.close()
    expectEqual((await enqueuing)[0]?.created, true, 'the run that was submitted before')
  })

  define(
    'what was stored is there when the database is opened again',
    async (bench) => {
      const { storage } = bench
      const { lease } = await bench.start({ labels: { a: 'b' }, idempotencyKey: 'k', concurrencyKey: 'c' })
      await storage.recordStep(lease, newStep(), NOW)
      await storage.recordProgress(lease, '{"current":1}', NOW)
      await storage.appendLogs([
        { ...lease, stepName: null, level: 'info', message: 'm', dataJson: null, createdAt: NOW },
      ])
      await bench.trigger({ readyAt: NOW + 5 })
      const before = await storage.getRuns(filter())
      const steps = await storage.getSteps(lease.runId)
      const logs = await storage.getLogs(lease.runId, { limit: 10, cursor: null })
      await storage.close()

      const again = await bench.openAgain()
      expectEqual(await again.storage.getRuns(filter()), before, 'the runs')
      expectEqual(await again.storage.getSteps(lease.runId), steps, 'the steps')
      expectEqual(
        await again.storage.getLogs(lease.runId, { limit: 10, cursor: null }),
        logs,
        'the log lines',
      )
      await again.storage.settle(lease, { status: 'completed', outputJson: null }, NOW)
      const next = await again.trigger()
      expectEqual((await again.list())[0], next.id, 'the newest run is the one created last')
    },
    { needs: 'persistent' },
  )
}
