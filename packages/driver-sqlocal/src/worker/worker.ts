/**
 * The dedicated worker of a tab. It keeps time, which hidden pages do not, and holds the database while its tab leads: a file
 * may be opened for synchronous access in workers only.
 */
import { failureFrom } from './failure.ts'
import { PoolDatabase } from './pool-database.ts'
import { PoolProcessor } from './pool-processor.ts'
import { type Demotion, demotionChannel, type FromWorker, type ToWorker } from './protocol.ts'

interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker | { readonly type?: string }>) => void) | null
  postMessage(message: unknown, transfer?: Transferable[]): void
  close(): void
}

const scope = globalThis as unknown as WorkerScope
const database = new PoolDatabase()
const processor = new PoolProcessor(database)
let demotions: BroadcastChannel | undefined
let alarm: ReturnType<typeof setTimeout> | undefined

processor.onmessage = (message, transfer) => scope.postMessage(message, transfer)

scope.onmessage = (event) => {
  const message = event.data as ToWorker
  switch (message.type) {
    case 'durably:call':
      return void reply(message.id, () => processor.call(message.call))
    case 'durably:alarm':
      clearTimeout(alarm)
      if (message.delayMs !== null) alarm = setTimeout(() => post({ type: 'durably:ring' }), message.delayMs)
      return
    case 'durably:open':
      return void reply(message.id, async () => {
        obeyDemotion(message.place.databasePath, message.tab)
        await database.open(message.place)
        return null
      })
    case 'durably:close':
      return void reply(message.id, async () => {
        await processor.close()
        return null
      })
    default:
      // Everything else is said by sqlocal's client.
      void processor.postMessage(event as MessageEvent)
  }
}

async function reply(id: number, work: () => Promise<unknown>): Promise<void> {
  try {
    post({ type: 'durably:answer', id, answer: await work() })
  } catch (error) {
    post({ type: 'durably:failure', id, failure: failureFrom(error) })
  }
}

function post(message: FromWorker): void {
  scope.postMessage(message)
}

/** The page may hang in a loop and never hear anything; this thread does. Ending it releases the file. */
function obeyDemotion(databasePath: string, tab: string): void {
  if (demotions !== undefined) return
  demotions = demotionChannel(databasePath)
  demotions.onmessage = (event: MessageEvent<Demotion>) => {
    if (event.data.by === tab) return
    post({ type: 'durably:gone' })
    scope.close()
  }
}
