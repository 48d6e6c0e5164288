import { createDurably } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { packOrder } from './pack-order.ts'
import { RunStore } from './run-store.ts'

/**
 * Puts the application together, outside of React: components come and go, StrictMode mounts them twice, and there is still one
 * instance a page.
 */
export function createApp(databasePath: string) {
  const storage = sqlocal({ databasePath })
  const durably = createDurably({ storage, jobs: { packOrder } })
  const runs = new RunStore(durably)
  const started = (async () => {
    await durably.migrate()
    durably.start()
    await runs.load()
  })()
  return { storage, durably, runs, started }
}

/** The application. */
export type App = ReturnType<typeof createApp>
