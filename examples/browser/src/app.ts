import { createDurably } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { logPersistence } from '@durably/plugin-log-persistence'
import { inspectImage } from './jobs/inspect-image.ts'
import { summariseCsv } from './jobs/summarise-csv.ts'
import { LiveRuns } from './live-runs.ts'
import { LiveStorage } from './live-storage.ts'
import { readSource } from './sources.ts'

/**
 * Puts the application together: the only file that knows which storage the jobs run on. Whoever shows it, with React or without,
 * subscribes to `runs.shown` and `about.state`.
 */
export function createApp(databasePath: string) {
  const storage = sqlocal({ databasePath })
  const durably = createDurably({
    storage,
    jobs: { csv: summariseCsv(readSource), image: inspectImage(readSource) },
    plugins: [logPersistence()],
    concurrency: 2,
  })
  const runs = new LiveRuns(durably)
  const about = new LiveStorage(storage)
  const stopRoles = storage.onRoleChange((role) => {
    // What happened while nobody led was told to no one. A list that cannot be read now is read at the next event.
    if (role === 'leading' || role === 'following') runs.load().catch(() => {})
  })
  const started = (async () => {
    await durably.migrate()
    durably.start()
    await Promise.all([runs.load(), about.refresh()])
  })()
  return {
    storage,
    durably,
    runs,
    about,
    /** Rejects when the database cannot be opened; the message says what to do. */
    started,
    /** Ends everything, as closing the tab does. */
    async close(): Promise<void> {
      stopRoles()
      runs.stop()
      about.stop()
      await durably.close({ timeout: 0 })
    },
  }
}

/** The application. */
export type App = ReturnType<typeof createApp>
