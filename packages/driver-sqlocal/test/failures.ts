import { type DurablyError, type DurablyErrorCode, isDurablyError } from '@durably/core'

/** Why it failed. @throws Error when it did not, or for another reason than Durably names */
export async function failureOf(work: Promise<unknown>): Promise<DurablyError> {
  try {
    await work
  } catch (error) {
    if (isDurablyError(error)) return error
    throw error
  }
  throw new Error('It did not fail.')
}

/** The code of the failure, undefined when there was none. */
export async function codeOf(work: Promise<unknown>): Promise<DurablyErrorCode | undefined> {
  try {
    await work
  } catch (error) {
    return (error as { code?: DurablyErrorCode }).code
  }
  return undefined
}
