import { basename, resolve } from 'node:path'
import { createDurably } from '@durably/core'
import { logPersistence } from '@durably/plugin-log-persistence'
import { fingerprint } from './csv.ts'
import { type ImportJobParts, importJob } from './import-job.ts'
import { type DriverName, STORAGES } from './storages.ts'
import { ImportTables } from './tables.ts'

/** How to set an importer up. */
interface ImporterOptions {
  readonly db: string
  readonly driver: DriverName
  /** Default 0. */
  readonly pauseMs?: number
  readonly onBody?: ImportJobParts['onBody']
}

/** How long after `kill -9` another process takes the import over. Short, since somebody is watching. */
const STALE_THRESHOLD_MS = 1_200

/** Puts the parts together: database file, application tables, job, plugin. */
export async function openImporter({ db, driver, pauseMs = 0, onBody = () => {} }: ImporterOptions) {
  const storage = STORAGES[driver](db)
  const tables = new ImportTables(await storage.dialect())
  const durably = createDurably({
    storage,
    jobs: { importCsv: importJob({ tables, pauseMs, onBody }) },
    plugins: [logPersistence()],
    pollingInterval: 100,
    heartbeatInterval: 300,
    staleThreshold: STALE_THRESHOLD_MS,
  })
  await durably.migrate()
  await tables.create()

  return {
    durably,
    tables,
    /** The import of this file's present content: a new one, or the one that exists already. */
    async request(file: string, rowsPerStep?: number) {
      const path = resolve(file)
      const source = await fingerprint(path)
      const run = await durably.jobs.importCsv.trigger(
        { file: path, source, ...(rowsPerStep === undefined ? {} : { rowsPerStep }) },
        { idempotencyKey: source, labels: { file: basename(path) } },
      )
      return { run, source }
    },
    /** Hands a run in progress back, so that the next process continues it at once. */
    async close() {
      await durably.close({ timeout: 1 })
      await tables.close()
    },
  }
}

/** A database file with its tables, the job and the worker. */
export type Importer = Awaited<ReturnType<typeof openImporter>>
