import type { JsonValue } from '../json.ts'
import type { SerializedError } from '../run/serialized-error.ts'

/**
 * What a step's body threw, rebuilt from its stored form, so that the first pass and every replay throw the same: name, message,
 * code, data and stack of the original, and the name of the step.
 *
 * @example
 * try { await step.run('charge', charge) }
 * catch (error) { if (error instanceof StepError && error.code === 'CARD_DECLINED') await step.run('notify', notify) }
 */
export class StepError extends Error {
  /** The step whose body threw. */
  readonly stepName: string
  /** The `code` of the original; `NOT_JSON` or `LIMIT_EXCEEDED` where the body succeeded and its result could not be recorded. */
  readonly code: string | number | undefined
  /** The `data` of the original, where JSON can carry it. */
  readonly data: JsonValue | undefined

  constructor(stepName: string, error: SerializedError) {
    super(error.message)
    this.name = error.name
    this.stepName = stepName
    this.code = error.code
    this.data = error.data
    if (error.stack !== undefined) this.stack = error.stack
  }
}
