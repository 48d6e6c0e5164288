import { fileURLToPath } from 'node:url'
import { DurablyError } from '@durably/core'
import type { SqliteDriver } from '@durably/storage-kysely'
import { synchronousDriver } from '@durably/synchronous-driver'
import { LibsqlDatabase } from './libsql-database.ts'
import type { LibsqlOptions } from './options.ts'
import { clientDriver, serverDriver } from './remote-driver.ts'

/**
 * The bare driver, for `kyselyStorage({ driver })` and for `driverSuite`.
 *
 * @throws DurablyError `OPTION_INVALID` for options that name no database.
 */
export function libsqlDriver(options: LibsqlOptions): SqliteDriver {
  if (options.client !== undefined) return clientDriver(options.client)
  if (options.url !== undefined && /^(libsql|https?):/i.test(options.url)) {
    return serverDriver({ url: options.url, authToken: options.authToken })
  }
  return synchronousDriver({
    name: 'libsql',
    path: options.url === undefined ? options.path : pathOf(options.url),
    durability: options.durability,
    openDatabase: (path) => new LibsqlDatabase(path),
  })
}

function pathOf(url: string): string {
  if (url === ':memory:' || url === 'file::memory:') return ':memory:'
  try {
    if (url.startsWith('file:') && !url.includes('?')) {
      return url.startsWith('file://') ? fileURLToPath(url) : decodeURIComponent(url.slice('file:'.length))
    }
  } catch {
    // Another host, or a % that escapes nothing.
  }
  throw new DurablyError(
    'OPTION_INVALID',
    `url is ${JSON.stringify(url)}: use file:<path>, with % as %25, ':memory:', or a server's libsql:, https: or http: address.`,
  )
}
