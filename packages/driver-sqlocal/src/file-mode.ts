import { DurablyError } from '@durably/core'
import type { SQLocal } from 'sqlocal'
import { askToPersist, requireStorage } from './browser-support.ts'
import type { Mode } from './mode.ts'
import { checkedFile, type FileOptions } from './options.ts'
import { Tab } from './tab/tab.ts'
import { tabCoordination } from './tab/tab-coordination.ts'
import { TabConnection } from './tab-connection.ts'
import type { AnswerTo, DatabaseCall } from './worker/protocol.ts'
import { WorkerDatabase } from './worker-database.ts'
import { WorkerScheduler } from './worker-scheduler.ts'
import { makeWorker } from './worker-url.ts'

/** A file of ours, owned by the tab that leads. */
export function fileMode(options: FileOptions): Mode {
  const { databasePath, durability, openTimeoutMs, persist } = checkedFile(options)
  const scheduler = new WorkerScheduler()
  const database = new WorkerDatabase({
    makeWorker: options.worker ?? makeWorker,
    scheduler,
    place: { databasePath, durability },
  })
  const tab = new Tab({ databaseName: databasePath, database, scheduler, openTimeoutMs })
  if (persist) askWhenLeading(tab)

  async function ready(): Promise<void> {
    await requireStorage()
    await tab.join()
  }
  async function call<Call extends DatabaseCall>(what: Call): Promise<AnswerTo<Call>> {
    await ready()
    return tab.call(what) as Promise<AnswerTo<Call>>
  }

  return {
    scheduler,
    tab,
    driver: {
      name: 'sqlocal',
      capabilities: {
        persistent: true,
        shared: true,
        // Coordination says so each time a tab comes to lead.
        exclusive: false,
        outcomeMayBeUnknown: true,
        countsChanges: true,
      },
      coordination: tabCoordination(tab),
      scheduler,
      async open() {
        await ready()
        return new TabConnection(tab)
      },
    },
    ready,
    storageType: async () => 'opfs',
    sizeBytes: () => call({ do: 'measure' }),
    exportFile: () => call({ do: 'export' }),
    importFile: async (bytes) => void (await call({ do: 'import', bytes })),
    deleteDatabase: async () => void (await call({ do: 'delete' })),
    client: clientOf(tab, database, databasePath),
  }
}

/** One client for as long as the tab leads with this worker. */
function clientOf(tab: Tab, database: WorkerDatabase, databasePath: string): () => Promise<SQLocal> {
  let made: { readonly worker: Worker; readonly client: SQLocal } | undefined
  return async () => {
    await tab.join()
    // Loaded only where it is asked for: Durably itself does without.
    const { SQLocal } = await import('sqlocal')
    const { worker } = database
    if (tab.role !== 'leading' || worker === null) {
      throw new DurablyError(
        'CONFLICT',
        'Only the tab that leads has a client: the database is in its worker.',
      )
    }
    if (made?.worker !== worker) {
      made = { worker, client: new SQLocal({ databasePath, processor: worker, reactive: true }) }
    }
    return made.client
  }
}

function askWhenLeading(tab: Tab): void {
  const asked = tab.onRole((role) => {
    if (role !== 'leading') return
    asked()
    void askToPersist()
  })
}
