import { optionError, requireAmount } from '../options.ts'

/** How far a run has come. */
export interface Progress {
  /** Finite, zero or more. */
  readonly current: number
  /** Finite, zero or more. */
  readonly total?: number
  /** At most 1,000 characters. */
  readonly message?: string
}

const MAX_MESSAGE_LENGTH = 1_000

/**
 * The JSON text of a progress value.
 *
 * @throws DurablyError `OPTION_INVALID` naming the bad field
 */
export function serializeProgress(progress: Progress): string {
  // `Object`: nothing at all is refused like an empty progress.
  const { current, total, message }: Partial<Record<keyof Progress, unknown>> = Object(progress)
  requireAmount('current', current)
  if (total !== undefined) requireAmount('total', total)
  if (message !== undefined && (typeof message !== 'string' || message.length > MAX_MESSAGE_LENGTH))
    throw optionError('message', `text of at most ${MAX_MESSAGE_LENGTH} characters`, message)
  return JSON.stringify({ current, total, message })
}
