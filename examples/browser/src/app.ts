import { createDurably } from '@durably/core'
import { sqlocal } from '@durably/driver-sqlocal'
import { logPersistence } from '@durably/plugin-log-persistence'
import { inspectImage } from './jobs/inspect-image.ts'
import { summariseCsv } from './jobs/summarise-csv.ts'
import { readSource } from './sources.ts'

/** Puts the application together: the only file that knows which storage the jobs run on. */
export function createApp(databasePath: string) {
  const storage = sqlocal({ databasePath })
  const durably = createDurably({
    storage,
    jobs: { csv: summariseCsv(readSource), image: inspectImage(readSource) },
    plugins: [logPersistence()],
    concurrency: 2,
  })
  return { storage, durably }
}

/** The application. */
export type App = ReturnType<typeof createApp>
