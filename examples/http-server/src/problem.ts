import { type DurablyErrorCode, isDurablyError } from '@durably/core'

/** What a client is told when something did not work. */
export interface Problem {
  readonly status: number
  readonly body: { readonly code: string; readonly message: string }
}

const STATUS: Partial<Record<DurablyErrorCode, number>> = {
  INPUT_INVALID: 400,
  OPTION_INVALID: 400,
  NOT_JSON: 400,
  LIMIT_EXCEEDED: 413,
  NOT_FOUND: 404,
  CONFLICT: 409,
}

/** The answer for an error: the client's mistakes are explained, ours are not. */
export function toProblem(error: unknown): Problem {
  if (isDurablyError(error)) {
    const status = STATUS[error.code] ?? (error.retryable ? 503 : 500)
    return { status, body: { code: error.code, message: error.message } }
  }
  // What a framework throws for a body it could not read carries a status of its own.
  const { statusCode, message } = Object(error) as {
    readonly statusCode?: unknown
    readonly message?: unknown
  }
  if (typeof statusCode === 'number' && statusCode < 500) {
    return { status: statusCode, body: { code: 'BAD_REQUEST', message: String(message) } }
  }
  console.error(error)
  return { status: 500, body: { code: 'INTERNAL', message: 'Something went wrong here.' } }
}
