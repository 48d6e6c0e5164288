import type { SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import { FileHeld } from './failure.ts'
import { GatheredLog, type SyncAccessHandle } from './gathered-log.ts'

/** Where the VFS keeps its files, below the directory it is given. */
const OPAQUE_DIRECTORY = '.opaque'
/** A database, its log, the one that is imported, and some to spare. */
const CAPACITY = 6

/** What a file handle has in workers besides. */
interface WorkerFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>
}

/** A database has a directory of its own, so that databases of one origin are owned independently. */
function directoryOf(databasePath: string): readonly string[] {
  return ['.durably', encodeURIComponent(databasePath)]
}

/**
 * Takes hold of all files of a database.
 *
 * @throws FileHeld while another context has one of them open
 */
export async function openPool(sqlite3: Sqlite3Static, databasePath: string): Promise<SAHPoolUtil> {
  const directory = directoryOf(databasePath)
  await requireReleased(directory)
  return withOwnFiles(() =>
    sqlite3.installOpfsSAHPoolVfs({
      name: `durably-${encodeURIComponent(databasePath)}`,
      directory: `/${directory.join('/')}`,
      initialCapacity: CAPACITY,
      forceReinitIfPreviouslyFailed: true,
    } as Parameters<Sqlite3Static['installOpfsSAHPoolVfs']>[0]),
  )
}

/** Tries each file by itself, where a failure has no consequences. */
async function requireReleased(directory: readonly string[]): Promise<void> {
  let folder = await navigator.storage.getDirectory()
  try {
    for (const name of [...directory, OPAQUE_DIRECTORY]) folder = await folder.getDirectoryHandle(name)
  } catch (error) {
    if (nameOf(error) === 'NotFoundError') return
    throw error
  }
  for await (const entry of folder.values()) {
    if (entry.kind !== 'file') continue
    try {
      const handle = await (entry as WorkerFileHandle).createSyncAccessHandle()
      handle.close()
    } catch (error) {
      if (nameOf(error) === 'NoModificationAllowedError') throw new FileHeld(error)
      throw error
    }
  }
}

/**
 * Runs an installation with two changes to the files it sees. Their logs are gathered. And none of them can be deleted: when it
 * fails, for a file that is held or a quota that is reached, the VFS tidies up by deleting its directory with the database in
 * it, which would succeed if the file was let go of in between.
 */
async function withOwnFiles<T>(install: () => Promise<T>): Promise<T> {
  const directories = FileSystemDirectoryHandle.prototype
  const files = FileSystemFileHandle.prototype as WorkerFileHandle
  const { removeEntry } = directories
  const { createSyncAccessHandle } = files
  directories.removeEntry = function (name, options) {
    if (options?.recursive) return Promise.reject(new Error(`Keeping ${name}: it holds a database.`))
    return removeEntry.call(this, name, options)
  }
  files.createSyncAccessHandle = async function () {
    return new GatheredLog(await createSyncAccessHandle.call(this))
  }
  try {
    return await install()
  } finally {
    directories.removeEntry = removeEntry
    files.createSyncAccessHandle = createSyncAccessHandle
  }
}

function nameOf(error: unknown): string | undefined {
  return error instanceof DOMException ? error.name : undefined
}
