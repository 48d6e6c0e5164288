import type { SqliteDriver } from '@durably/storage-kysely'
import { clientMode } from './client-mode.ts'
import { fileMode } from './file-mode.ts'
import type { Mode } from './mode.ts'
import type { SqlocalOptions } from './options.ts'

/** The mode the options ask for. */
export function modeOf(options: SqlocalOptions): Mode {
  return options.client === undefined ? fileMode(options) : clientMode(options)
}

/**
 * The driver by itself, for `kyselyStorage({ driver, scheduler })` with settings of one's own. Most applications want `sqlocal()`.
 *
 * @throws DurablyError `OPTION_INVALID`
 */
export function sqlocalDriver(options: SqlocalOptions): SqliteDriver {
  return modeOf(options).driver
}
