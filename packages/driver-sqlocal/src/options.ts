import { DurablyError } from '@durably/core'
import type { SQLocal } from 'sqlocal'

/** What a commit survives: `full` a power loss, `process` a crash of the browser. */
export type Durability = 'full' | 'process'

/** Which database to use: a file of ours in the origin private file system, or a client the application has. */
export type SqlocalOptions = FileOptions | ClientOptions

interface WorkerOptions {
  /**
   * Makes the driver's worker. Vite and other bundlers that follow `new Worker(new URL(…))` need nothing; for the others, bundle
   * `@durably/driver-sqlocal/worker` as a file of its own and make a module worker of it here.
   */
  readonly worker?: (() => Worker) | undefined
  /** Milliseconds until opening gives up: a worker that does not load, a file that nobody lets go of. Default: 10,000. */
  readonly openTimeoutMs?: number | undefined
}

/** A database that Durably keeps: fast, no headers needed. */
export interface FileOptions extends WorkerOptions {
  /** The name of the database within the origin: `app.db`. All tabs that say the same share it. */
  readonly databasePath: string
  /** Default: `full`. */
  readonly durability?: Durability | undefined
  /** Ask the browser not to evict the data; it may ask the user. Default: true. `info()` tells the answer. */
  readonly persist?: boolean | undefined
  readonly client?: undefined
}

/** A database that the application keeps. */
export interface ClientOptions extends WorkerOptions {
  /**
   * A client of sqlocal that the application made and destroys, whatever VFS it uses: the compatible way, many times slower. On
   * OPFS it needs the headers for cross-origin isolation. Storage in memory is used only if the client's path is `:memory:`.
   */
  readonly client: SQLocal
  readonly databasePath?: undefined
  readonly durability?: undefined
  readonly persist?: undefined
}

/** The options of a file, complete. */
export interface FileSettings {
  readonly databasePath: string
  readonly durability: Durability
  readonly openTimeoutMs: number
  readonly persist: boolean
}

/** Nothing, what would be in memory, what directories call themselves, and what no file system can write. */
const NOT_A_NAME = /^\s*$|^:|^\.{1,2}$|\p{Cs}/u

/** The options of a file, with defaults. @throws DurablyError `OPTION_INVALID` */
export function checkedFile(options: FileOptions): FileSettings {
  const { databasePath, durability = 'full', openTimeoutMs = 10_000, persist = true } = options
  if (typeof databasePath !== 'string' || NOT_A_NAME.test(databasePath)) {
    throw new DurablyError(
      'OPTION_INVALID',
      `databasePath is ${JSON.stringify(databasePath)}: name a database, for example 'app.db'. For one in memory hand in a client: sqlocal({ client: new SQLocal(':memory:') }).`,
    )
  }
  if (durability !== 'full' && durability !== 'process') {
    throw new DurablyError(
      'OPTION_INVALID',
      `durability is ${JSON.stringify(durability)}: say 'full' or 'process'.`,
    )
  }
  return { databasePath, durability, openTimeoutMs: checkedTimeout(openTimeoutMs), persist }
}

/** @throws DurablyError `OPTION_INVALID` */
export function checkedTimeout(openTimeoutMs: number): number {
  if (Number.isFinite(openTimeoutMs) && openTimeoutMs > 0) return openTimeoutMs
  throw new DurablyError('OPTION_INVALID', `openTimeoutMs is ${openTimeoutMs}: say a number of milliseconds.`)
}
