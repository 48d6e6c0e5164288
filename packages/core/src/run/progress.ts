import { DurablyError } from '../errors.ts'

/** How far a run has come. */
export interface Progress {
  readonly current: number
  readonly total?: number
  readonly message?: string
}

const MAX_MESSAGE_LENGTH = 1_000

/**
 * The JSON text of a progress value.
 *
 * @throws DurablyError `OPTION_INVALID` naming the bad field
 */
export function serializeProgress(progress: Progress): string {
  if (typeof progress !== 'object' || progress === null)
    throw invalid('must be an object like { current: 1, total: 10 }')
  const { current, total, message } = progress
  if (!isAmount(current)) throw invalid('"current" must be a finite number, zero or more')
  if (total !== undefined && !isAmount(total)) throw invalid('"total" must be a finite number, zero or more')
  if (message !== undefined && (typeof message !== 'string' || message.length > MAX_MESSAGE_LENGTH)) {
    throw invalid(`"message" must be text of at most ${MAX_MESSAGE_LENGTH} characters`)
  }
  return JSON.stringify({ current, total, message })
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function invalid(problem: string): DurablyError {
  return new DurablyError('OPTION_INVALID', `step.setProgress: ${problem}.`)
}
