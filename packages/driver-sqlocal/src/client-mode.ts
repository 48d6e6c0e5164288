import { DurablyError } from '@durably/core'
import type { SQLocal } from 'sqlocal'
import { requireStorage } from './browser-support.ts'
import { CallLost } from './call-errors.ts'
import { ClientConnection } from './client-connection.ts'
import type { Mode } from './mode.ts'
import { type ClientOptions, checkedTimeout } from './options.ts'
import { Tab } from './tab/tab.ts'
import { tabCoordination } from './tab/tab-coordination.ts'
import { WorkerDatabase } from './worker-database.ts'
import { WorkerScheduler } from './worker-scheduler.ts'
import { makeWorker } from './worker-url.ts'

const MEMORY = ':memory:'
/** How long a client may take for one call. */
const ANSWER_BUDGET_MS = 30_000

/** A client of the application: each tab reaches the database by its own, and the tabs only agree on who executes runs. */
export function clientMode(options: ClientOptions): Mode {
  const { client, openTimeoutMs = 10_000 } = options
  const budgetMs = checkedTimeout(openTimeoutMs)
  const path = pathOf(client)
  const scheduler = new WorkerScheduler()
  // Keeps time only.
  const database = new WorkerDatabase({ makeWorker: options.worker ?? makeWorker, scheduler, place: null })
  const tab = new Tab({ databaseName: `client:${path}`, database, scheduler, openTimeoutMs: budgetMs })
  const isMemory = path === MEMORY

  async function ready(): Promise<void> {
    await requireStorage()
    const { storageType } = await within(budgetMs, client.getDatabaseInfo(), () =>
      notAnswering(path, budgetMs),
    )
    if (storageType === 'memory' && !isMemory) throw notPersistent(path)
    if (isMemory || tab.role !== 'standby') return
    await tab.join()
  }

  function within<T>(waitMs: number, answer: Promise<T>, tooLate: () => Error): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const cancel = scheduler.after(waitMs, () => reject(tooLate()))
    return Promise.race([answer, late]).finally(cancel)
  }

  return {
    scheduler,
    tab,
    driver: {
      name: 'sqlocal client',
      capabilities: {
        persistent: !isMemory,
        shared: !isMemory,
        exclusive: isMemory,
        // A worker that is gone never answers.
        outcomeMayBeUnknown: true,
        handedIn: true,
      },
      ...(isMemory ? {} : { coordination: tabCoordination(tab) }),
      scheduler,
      async open() {
        await ready()
        return new ClientConnection(client, tab, (answer) =>
          within(
            ANSWER_BUDGET_MS,
            answer,
            () => new CallLost(`The client did not answer for ${ANSWER_BUDGET_MS / 1000} s.`),
          ),
        )
      },
    },
    ready,
    storageType: async () => (await client.getDatabaseInfo()).storageType ?? 'unknown',
    sizeBytes: async () => (await client.getDatabaseInfo()).databaseSizeBytes ?? 0,
    exportFile: async () => new Uint8Array(await (await client.getDatabaseFile()).arrayBuffer()),
    importFile: (bytes) => client.overwriteDatabaseFile(new Uint8Array(bytes)),
    deleteDatabase: () => client.deleteDatabaseFile(),
    client: async () => client,
  }
}

/** What the client was made with. It says so itself only once it has opened the database, or failed to. */
function pathOf(client: SQLocal): string {
  const { config } = client as unknown as { readonly config?: { readonly databasePath?: unknown } }
  if (typeof config?.databasePath === 'string') return config.databasePath
  throw new DurablyError(
    'OPTION_INVALID',
    'client must be a client of sqlocal: new SQLocal({ databasePath }).',
  )
}

function notPersistent(path: string): DurablyError {
  return new DurablyError(
    'STORAGE_UNAVAILABLE',
    `sqlocal could not open "${path}" in the origin private file system and went on in memory, where nothing would survive. Send the headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or use sqlocal({ databasePath }), which needs none.`,
  )
}

function notAnswering(path: string, budgetMs: number): DurablyError {
  return new DurablyError(
    'STORAGE_UNAVAILABLE',
    `The client for "${path}" did not answer within ${budgetMs} ms: its worker could not be loaded, or was ended.`,
  )
}
