import type { RunRecord, RunStatus } from '@durably/core'
import type { Workbench } from './workbench.ts'
import { NOW } from './workbench.ts'

/** Brings a new run into a status, the way an engine would. */
export async function runInStatus(bench: Workbench, status: RunStatus): Promise<RunRecord> {
  switch (status) {
    case 'pending':
      return bench.trigger()
    case 'running':
      return (await bench.start()).run
    case 'suspended':
      return bench.startAndSettle({}, { status, wakeAt: NOW + 10 })
    case 'completed':
      return bench.startAndSettle({}, { status, outputJson: '"done"' })
    case 'failed':
      return bench.startAndSettle({}, { status, errorJson: '{"message":"no"}' })
    case 'cancelled': {
      const { id } = await bench.trigger()
      await bench.storage.cancel(id, NOW)
      return bench.read(id)
    }
  }
}
