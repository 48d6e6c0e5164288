import type { App } from './app.ts'
import type { Source } from './jobs/source.ts'
import { sampleFile } from './sample.ts'
import { forgetSource, keepSource } from './sources.ts'

/** What a person can do. Everything waits until the database is open; whatever fails rejects with what to tell. */
export function createActions({ durably, storage, started }: App) {
  const process = async (files: readonly File[], paceMs: number) => {
    await started
    for (const file of files) {
      const source = await keepSource(file)
      const job = file.type.startsWith('image/') ? durably.jobs.image : durably.jobs.csv
      await job.trigger({ source, paceMs })
    }
  }
  return {
    process,
    sample: (paceMs: number) => process([sampleFile()], paceMs),
    cancel: (runId: string) => durably.cancel(runId),
    retry: (runId: string) => durably.retry(runId),
    again: (runId: string) => durably.retrigger(runId),
    async remove(runId: string): Promise<void> {
      const run = await durably.getRun(runId)
      await durably.deleteRun(runId)
      const hash = run === null ? null : sourceOf(run.input).hash
      const rest = await durably.getRuns({ limit: 1000 })
      // Another run may still need the same bytes.
      if (hash !== null && !rest.some(({ input }) => sourceOf(input).hash === hash)) await forgetSource(hash)
    },
    async download(): Promise<void> {
      await started
      save(await storage.exportFile(), 'durably.sqlite')
    },
  }
}

/** Everything a person can do. */
export type Actions = ReturnType<typeof createActions>

function sourceOf(input: unknown): Source {
  return (input as { source: Source }).source
}

function save(bytes: Uint8Array, name: string): void {
  const address = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'application/vnd.sqlite3' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
