import { DurablyError, type Scheduler } from '@durably/core'
import { CallFailed } from '../call-errors.ts'

/** Between attempts to open a file that its last owner is just letting go of. */
const HELD_RETRY_MS = 50

/** How long, and for how long it makes sense at all. */
export interface OpeningTerms {
  readonly scheduler: Scheduler
  readonly budgetMs: number
  /** False: the tab has lost the right to open meanwhile. */
  readonly isCurrent: () => boolean
}

/** Opens, and tries again while another context holds the file. @throws DurablyError `STORAGE_BUSY` when it never lets go */
export async function openPatiently(open: () => Promise<void>, terms: OpeningTerms): Promise<void> {
  const giveUpAt = performance.now() + terms.budgetMs
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!terms.isCurrent() || !(error instanceof CallFailed && error.held)) throw error
      if (performance.now() > giveUpAt) throw fileHeld(error)
      await new Promise<void>((resume) => terms.scheduler.after(HELD_RETRY_MS, resume))
    }
  }
}

function fileHeld(cause: unknown): DurablyError {
  return new DurablyError(
    'STORAGE_BUSY',
    'The database file is held by another context that does not let go of it: a process that was stopped, or another application on this origin. Close the other tabs of this site.',
    { cause },
  )
}
