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
  return remoteDriver({
    // A token may also stand in the query of the address.
    server: `the libSQL server at ${url.replace(/[?#].*/, '')}`,
    outcomeMayBeUnknown: true,
    connect() {
      const client = createClient({
        url,
        fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }),
        ...(authToken === undefined ? {} : { authToken }),
      })
      return { client, close: () => client.close() }
    },
  })
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
  readonly connect: () => ApplicationClient
}

function remoteDriver({ server, outcomeMayBeUnknown, connect }: Remote): SqliteDriver {
  const dialect = remoteDialect(connect)
  return {
    name: NAME,
    capabilities: { persistent: true, shared: true, exclusive: false, outcomeMayBeUnknown },
    async open() {
      const connection = new RemoteConnection({ ...connect(), dialect, server })
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
