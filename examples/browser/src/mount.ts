import { isDurablyError } from '@durably/core'
import { createActions } from './actions.ts'
import { createApp } from './app.ts'
import { Page } from './view/page.ts'

/** A mounted page. */
export interface Mounted {
  close(): Promise<void>
}

/** Starts the application and shows it in an element. */
export async function mount(root: HTMLElement, databasePath: string): Promise<Mounted> {
  const app = createApp(databasePath)
  const actions = createActions(app)

  /** Whatever fails is told, and the page goes on. */
  const attempt = (work: Promise<unknown>) => {
    page.showNotice(null)
    work.catch((error: unknown) => {
      page.showNotice(isDurablyError(error) ? error.message : String(error))
    })
  }
  const page = new Page(root, {
    process: (files, paceMs) => attempt(actions.process(files, paceMs)),
    sample: (paceMs) => attempt(actions.sample(paceMs)),
    cancel: (runId) => attempt(actions.cancel(runId)),
    retry: (runId) => attempt(actions.retry(runId)),
    again: (runId) => attempt(actions.again(runId)),
    remove: (runId) => attempt(actions.remove(runId)),
    download: () => attempt(actions.download()),
  })

  const showRuns = () => page.showRuns(app.runs.shown.getSnapshot())
  const showStorage = () => page.showStorage(app.about.state.getSnapshot())
  app.runs.shown.subscribe(showRuns)
  app.about.state.subscribe(showStorage)
  showStorage()
  attempt(app.started)
  return { close: () => app.close() }
}
