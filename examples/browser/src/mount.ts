import { isDurablyError } from '@durably/core'
import { createApp } from './app.ts'
import type { Source } from './jobs/source.ts'
import { LiveRuns } from './live-runs.ts'
import { sampleFile } from './sample.ts'
import { forgetSource, keepSource } from './sources.ts'
import { Page } from './view/page.ts'

/** A mounted page. */
export interface Mounted {
  /** Ends everything, as closing the tab does. */
  close(): Promise<void>
}

/** Starts the application and shows it in an element. */
export async function mount(root: HTMLElement, databasePath: string): Promise<Mounted> {
  const app = createApp(databasePath)
  const { durably, storage } = app

  /** Does what was asked for once the database is open. Whatever fails is told, and the page goes on. */
  const attempt = (work: () => Promise<unknown>) => {
    page.showNotice(null)
    ready.then(work).catch((error: unknown) => {
      page.showNotice(isDurablyError(error) ? error.message : String(error))
    })
  }
  const trigger = async (file: File, paceMs: number) => {
    const source = await keepSource(file)
    const job = file.type.startsWith('image/') ? durably.jobs.image : durably.jobs.csv
    await job.trigger({ source, paceMs })
  }
  const page = new Page(root, {
    process: (files, paceMs) => attempt(() => Promise.all(files.map((file) => trigger(file, paceMs)))),
    sample: (paceMs) => attempt(() => trigger(sampleFile(), paceMs)),
    cancel: (runId) => attempt(() => durably.cancel(runId)),
    retry: (runId) => attempt(() => durably.retry(runId)),
    again: (runId) => attempt(() => durably.retrigger(runId)),
    remove: (runId) => attempt(() => remove(runId)),
    download: () => attempt(async () => download(await storage.exportFile())),
  })

  async function remove(runId: string): Promise<void> {
    const run = await durably.getRun(runId)
    await durably.deleteRun(runId)
    const hash = run === null ? null : sourceOf(run.input).hash
    const rest = await durably.getRuns({ limit: 1000 })
    // Another run may still need the same bytes.
    if (hash !== null && !rest.some(({ input }) => sourceOf(input).hash === hash)) await forgetSource(hash)
  }

  const live = new LiveRuns(app, (runs) => page.showRuns(runs))
  const ready = (async () => {
    await durably.migrate()
    durably.start()
    await live.load()
  })()
  const showStorage = async () => page.showStorage(await storage.info())
  const stopRoles = storage.onRoleChange((role) => {
    page.showRole(role)
    // What happened while nobody led was told to no one.
    if (role === 'leading' || role === 'following') attempt(() => Promise.all([live.load(), showStorage()]))
  })
  // It changes while nothing happens: other tabs come and go.
  const every = setInterval(() => void showStorage().catch(() => {}), 3000)
  page.showRole(storage.role)
  attempt(showStorage)
  return {
    async close() {
      clearInterval(every)
      stopRoles()
      live.stop()
      await durably.close({ timeout: 0 })
    },
  }
}

function sourceOf(input: unknown): Source {
  return (input as { source: Source }).source
}

function download(bytes: Uint8Array): void {
  const address = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'application/vnd.sqlite3' }))
  const link = document.createElement('a')
  link.href = address
  link.download = 'durably.sqlite'
  link.click()
  URL.revokeObjectURL(address)
}
