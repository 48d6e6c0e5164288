import type { SqlocalStorage } from '@durably/driver-sqlocal'
import type { JournalLine } from '../../../src/journal.ts'

/** What a page tells the server, which outlives it. */
export type JournalEntry = { readonly tab: string } & (
  | JournalLine
  /** The tab is something else to the database now. Milliseconds since 1970, by a clock that all processes share. */
  | { readonly kind: 'role'; readonly role: SqlocalStorage['role']; readonly clockMs: number }
  /** The tests are about to end the tab. */
  | { readonly kind: 'ended'; readonly clockMs: number }
  /** The page heard that it is about to be frozen. */
  | { readonly kind: 'frozen' }
  /** A timer rang, of the driver's scheduler or of the page. */
  | { readonly kind: 'tick'; readonly of: 'driver' | 'page' }
)

const PATH = '/journal'

/** Milliseconds since 1970, finer than the system's clock and never set back. */
export const clockMs = (): number => performance.timeOrigin + performance.now()

/** Handed to the browser's network process at once, so that a page that dies a moment later has said it. */
export function tell(entry: JournalEntry): void {
  if (!navigator.sendBeacon(PATH, JSON.stringify(entry))) throw new Error('The journal takes no more.')
}

/** Resolves when the server has written it down, whatever becomes of page and browser afterwards. */
export async function write(entry: JournalEntry): Promise<void> {
  const { ok } = await fetch(PATH, { method: 'POST', body: JSON.stringify(entry), keepalive: true })
  if (!ok) throw new Error('The journal was not written.')
}
