import { DurablyError } from '@durably/core'
import { LibsqlBatchError, LibsqlError } from '@libsql/client'

/** Answers of the server that come before it would commit. */
const REFUSALS = /^(SQLITE_|SQL_|ARGS_|TRANSACTION_|BLOCKED$|RESPONSE_TOO_LARGE$)/

/**
 * Did the server definitely not commit? Everything else (a broken connection, an error of a gateway) may have happened after the
 * commit.
 */
export function isRefusal(error: unknown): boolean {
  // Says which statement failed: the commit comes after all statements, and only when each one succeeded.
  if (error instanceof LibsqlBatchError) return true
  if (!(error instanceof LibsqlError)) return false
  const status = httpStatus(error)
  return status === undefined ? REFUSALS.test(error.code) : status >= 400 && status < 500
}

/** The failure as the application should see it: a verdict of SQLite stays as it is, trouble on the way is explained. */
export function explained(server: string, error: unknown): unknown {
  if (error instanceof LibsqlBatchError) return error
  const status = error instanceof LibsqlError ? httpStatus(error) : undefined
  if (status === 401 || status === 403) {
    return new DurablyError(
      'STORAGE_IO',
      `${server} refused the authToken (HTTP ${status}). Check it, and its expiry.`,
      {
        cause: error,
        retryable: false,
      },
    )
  }
  // Too much at once: with less beside it, or by itself, the statement may pass.
  if (error instanceof LibsqlError && isRefusal(error) && (status === undefined || status === 413))
    return error
  return new DurablyError(
    'STORAGE_IO',
    `No answer from ${server}: ${reason(error)}. Check the address and the network.`,
    {
      cause: error,
    },
  )
}

/** The index in the list that was sent. */
export function failedStatement(error: unknown): number | null {
  return error instanceof LibsqlBatchError ? error.statementIndex : null
}

function httpStatus(error: LibsqlError): number | undefined {
  const { status } = Object(error.cause) as { readonly status?: unknown }
  return typeof status === 'number' ? status : undefined
}

/** `fetch` says "fetch failed" and keeps what happened in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && !(error instanceof LibsqlError) ? reason(error.cause) : error.message
}
