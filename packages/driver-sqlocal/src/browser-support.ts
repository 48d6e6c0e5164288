import { DurablyError } from '@durably/core'

/**
 * Can this page store anything at all? Asked before anything else, since the failures that follow would not say why.
 *
 * @throws DurablyError `STORAGE_UNAVAILABLE`
 */
export async function requireStorage(): Promise<void> {
  if (globalThis.isSecureContext === false) {
    throw unavailable(
      'This page is not a secure context, so the browser offers no storage for databases. Serve it over https, or from localhost.',
    )
  }
  if (globalThis.navigator?.locks === undefined || navigator.storage?.getDirectory === undefined) {
    throw unavailable(
      'This host has no Web Locks or no origin private file system. Use a current browser, in a page: on a server, choose another driver.',
    )
  }
  try {
    await navigator.storage.getDirectory()
  } catch (cause) {
    throw unavailable(
      'The browser denies this page storage. Allow site data for this site; in a frame, its storage may be blocked as a whole.',
      cause,
    )
  }
}

function unavailable(message: string, cause?: unknown): DurablyError {
  return new DurablyError('STORAGE_UNAVAILABLE', message, cause === undefined ? {} : { cause })
}

/** Asks the browser to keep the data when space runs short. Not being granted is no failure. */
export async function askToPersist(): Promise<void> {
  try {
    await navigator.storage.persist()
  } catch {
    // Whatever it is, `info()` reports that nothing is promised.
  }
}
