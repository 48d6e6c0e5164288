import type { Controlled } from '@durably/core'
import { sql } from 'kysely'
import { statusAfter, statusesBefore } from '../guards.ts'
import { nextId } from '../next-id.ts'
import type { Operation } from '../operation.ts'
import { RUN_COLUMNS, toRunRecord } from '../rows.ts'
import { statement } from '../statement.ts'
import { admitLineOf, yieldLineTo } from './admit.ts'

// The id of the call is written with the change and read back: a repetition after a lost answer still knows that it was the one,
// and a second cancel knows that it was not.

const cancelRun = statement<{ id: string; call: string; now: number }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs
    SET status = ${statusAfter('cancel')}, generation = generation + 1, ready_at = NULL, claim_id = ${$.call},
      heartbeat_at = NULL, lease_ends_at = NULL, finished_at = ${$.now}
    WHERE id = ${$.id} AND status IN (${statusesBefore('cancel')})`,
)

const retryRun = statement<{ id: string; call: string }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs
    SET status = ${statusAfter('retry')}, generation = generation + 1,
      ready_at = CASE WHEN concurrency_key IS NULL THEN 0 END, claim_id = ${$.call},
      finished_at = NULL, error = NULL, recoveries = 0
    WHERE id = ${$.id} AND status IN (${statusesBefore('retry')})`,
)

/** Recorded failures stay for display, under the negative of their number. */
const forgetFailures = statement<{ id: string }>()(
  (_, $) => sql<never>`
    UPDATE durably_steps SET failure = -failure
    WHERE run_id = ${$.id} AND failure > 0
      AND EXISTS (SELECT 1 FROM durably_runs AS r WHERE r.id = ${$.id} AND r.status IN (${statusesBefore('retry')}))`,
)

const runAndCall = statement<{ id: string }>()((db, $) =>
  db.selectFrom('durably_runs').select(RUN_COLUMNS).select('claim_id').where('id', '=', $.id),
)

/** Cancels a run that has not ended; its leases end with its generation. */
export function cancel(id: string, now: number): Operation<Controlled> {
  const call = nextId(now)
  return {
    weight: 1,
    compose: () => [cancelRun.bind({ id, call, now }), admitLineOf.bind({ id }), runAndCall.bind({ id })],
    read: (results) => readControlled(call, results.at(-1)),
  }
}

/** Sends a failed or cancelled run back, with its completed steps. */
export function retry(id: string, now: number): Operation<Controlled> {
  const call = nextId(now)
  return {
    weight: 1,
    compose: () => [
      forgetFailures.bind({ id }),
      retryRun.bind({ id, call }),
      yieldLineTo.bind({ id }),
      admitLineOf.bind({ id }),
      runAndCall.bind({ id }),
    ],
    read: (results) => readControlled(call, results.at(-1)),
  }
}

function readControlled(call: string, result: Parameters<typeof runAndCall.rows>[0] | undefined): Controlled {
  const row = result === undefined ? undefined : runAndCall.rows(result)[0]
  if (row === undefined) return { changed: false, run: null }
  return { changed: row.claim_id === call, run: toRunRecord(row) }
}
