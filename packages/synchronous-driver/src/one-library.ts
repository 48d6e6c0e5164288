import { realpathSync } from 'node:fs'
import { DurablyError } from '@durably/core'

const libraries = new Map<string, string>()

/**
 * Refuses a file that another SQLite library has, or had, open in this process. The operating system's file locks belong to the
 * process: when one library closes the file, those of the other are gone, and other processes may write at the same time. Some
 * libraries close later than they are told, so a file stays with its first library until the process ends.
 *
 * @throws DurablyError `OPTION_INVALID`
 */
export function requireOneLibrary(path: string, library: string): void {
  const other = libraries.get(realPath(path)) ?? library
  if (other === library) return
  throw new DurablyError(
    'OPTION_INVALID',
    `Cannot open the database ${path} with ${library}: this process opened it with ${other}. Use one SQLite library for a file.`,
    { details: { path } },
  )
}

/** Remembers which library opened the file. */
export function rememberLibrary(path: string, library: string): void {
  libraries.set(realPath(path), library)
}

/** One file may have several paths. A missing one nobody has open. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
