import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DurablyError, type DurablyErrorCode } from '@durably/core'
import { failureOf } from '@durably/storage-kysely'

/**
 * Says why a database file could not be opened. SQLite itself answers "unable to open database file" to most of these, so the
 * file system is asked.
 */
export function openFailure(path: string, cause: unknown): DurablyError {
  if (cause instanceof DurablyError) return cause
  const [code, reason, retryable] = diagnose(path, cause)
  return new DurablyError(code, `Cannot open the database ${path}: ${reason}`, {
    cause,
    details: { path },
    retryable,
  })
}

type Diagnosis = readonly [code: DurablyErrorCode, reason: string, retryable: boolean]

function diagnose(path: string, cause: unknown): Diagnosis {
  const failure = failureOf(cause)
  if (failure === 'busy') return ['STORAGE_BUSY', 'another process holds it locked. Try again.', true]
  if (failure === 'not-a-database') {
    return ['NOT_A_DATABASE', 'the file is something else, or encrypted. Name another file.', false]
  }
  const folder = dirname(path)
  if (!existsSync(folder)) return ['STORAGE_IO', `there is no folder ${folder}. Create it first.`, false]
  const file = statSync(path, { throwIfNoEntry: false })
  if (file?.isDirectory()) return ['NOT_A_DATABASE', 'it is a folder. Name a file in it.', false]
  if (file !== undefined && !allows(path, constants.R_OK)) {
    return ['STORAGE_IO', 'this user may not read it. Change its permissions.', false]
  }
  if (file !== undefined && !allows(path, constants.W_OK)) {
    return ['STORAGE_READ_ONLY', 'this user may not write it. Change its permissions.', false]
  }
  if (failure === 'read-only' || !allows(folder, constants.W_OK)) {
    const reason = `SQLite keeps its log beside the database, and cannot write in ${folder}. Change the permissions of the folder.`
    return ['STORAGE_READ_ONLY', reason, false]
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  return ['STORAGE_IO', `${message}. See the cause.`, true]
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
