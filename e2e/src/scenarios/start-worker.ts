import { Child } from '../processes/child.ts'
import type { WorkerConfig } from '../programs/worker.ts'
import type { Site } from '../site.ts'

/** Starts a worker on a site and waits until it works. */
export async function startWorker(site: Site, config: Partial<WorkerConfig> = {}): Promise<Child> {
  const worker = new Child('worker', {
    database: site.database,
    journal: site.journal.path,
    concurrency: 4,
    heartbeatInterval: site.heartbeatInterval,
    staleThreshold: site.staleThreshold,
    clock: site.clock.path,
    ...config,
  } satisfies WorkerConfig)
  await worker.until('ready')
  return worker
}
