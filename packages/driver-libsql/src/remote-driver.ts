import { DurablyError } from '@durably/core'
import type { SqliteDriver } from '@durably/storage-kysely'
import { type Client, createClient } from '@libsql/client'
import { RemoteConnection } from './remote-connection.ts'
import { type ApplicationClient, remoteDialect } from './remote-dialect.ts'

/** A replica that has lost its primary does not answer at all. */
const ANSWER_WITHIN_MS = 10_000
const NAME = 'libsql'

/** Where a server is. */
export interface ServerAddress {
  readonly url: string
  readonly authToken: string | undefined
}

/** A driver on a libSQL server. */
export function serverDriver({ url, authToken }: ServerAddress): SqliteDriver {
  // A token may also stand in the query of the address.
  const shown = url.replace(/[?#].*/, '')
  requireAddress(url, shown)
  return remoteDriver({
    server: `the libSQL server at ${shown}`,
    outcomeMayBeUnknown: true,
    connect(intMode) {
      const client = createClient({
        url,
        intMode,
        fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }),
        ...(authToken === undefined ? {} : { authToken }),
      })
      return { client, close: () => client.close() }
    },
  })
}

/** The client looks at its address before it connects. */
function requireAddress(url: string, shown: string): void {
  try {
    createClient({ url }).close()
  } catch (error) {
    throw new DurablyError('OPTION_INVALID', `url is ${shown}: ${(error as Error).message}`, { cause: error })
  }
}

/** A driver on a client that the application made and keeps. */
export function clientDriver(client: Client): SqliteDriver {
  const isLocal = client.protocol === 'file'
  return remoteDriver({
    server: isLocal ? 'the database of the client handed in' : 'the libSQL server of the client handed in',
    outcomeMayBeUnknown: !isLocal,
    connect: () => ({ client, close: () => {} }),
  })
}

interface Remote {
  readonly server: string
  readonly outcomeMayBeUnknown: boolean
  /** With `number` the client throws at whole numbers that are not exact, after the commit; ours takes them as they are. */
  readonly connect: (intMode: 'number' | 'bigint') => ApplicationClient
}

function remoteDriver({ server, outcomeMayBeUnknown, connect }: Remote): SqliteDriver {
  const dialect = remoteDialect(() => connect('number'))
  return {
    name: NAME,
    capabilities: { persistent: true, shared: true, exclusive: false, outcomeMayBeUnknown },
    async open() {
      const connection = new RemoteConnection({ ...connect('bigint'), dialect, server })
      try {
        await connection.query({ sql: 'SELECT 1', parameters: [], returnsRows: true })
        return connection
      } catch (error) {
        await connection.close()
        throw error
      }
    },
  }
}
