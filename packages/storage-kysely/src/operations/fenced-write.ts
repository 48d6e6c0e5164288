import { DurablyError, type Lease } from '@durably/core'
import type { QueryResult, SqlValue, Statement } from '../driver.ts'
import { statement } from '../statement.ts'

/** A write of one row that is made only while a lease is held. */
export interface FencedWrite<Values> {
  /**
   * The statement with these values.
   *
   * @param countsChanges will the driver count what it changed? Otherwise the statement returns the row, which costs more.
   */
  bind(values: Values, countsChanges: boolean): Statement
}

/** Compiles a write, without a RETURNING of its own, as `statement` does. */
export function fencedWrite<Values extends Readonly<Record<string, SqlValue>>>() {
  return (build: Parameters<ReturnType<typeof statement<Values>>>[0]): FencedWrite<Values> => {
    const write = statement<Values>()(build)
    const returning = `${write.sql} RETURNING 1 AS made`
    return {
      bind(values, countsChanges) {
        const bound = write.bind(values)
        return countsChanges ? bound : { sql: returning, parameters: bound.parameters, returnsRows: true }
      },
    }
  }
}

/**
 * Passes when the write was made.
 *
 * @throws DurablyError `LEASE_LOST`, quiet and normal: someone else decided about the run
 */
export function requireLease({ runId, generation }: Lease, result: QueryResult | undefined): void {
  if (result !== undefined && (result.changes ?? result.rows.length) > 0) return
  throw new DurablyError(
    'LEASE_LOST',
    `Attempt ${generation} of run ${runId} no longer holds its lease: the run was cancelled, settled or taken over. Nothing was changed.`,
    { details: { runId, generation } },
  )
}
