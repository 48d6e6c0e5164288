import type { RecoverRequest, RecoverResult } from '@durably/core'
import { sql } from 'kysely'
import type { QueryResult } from '../driver.ts'
import { statusAfter } from '../guards.ts'
import type { Operation } from '../operation.ts'
import { RUN_COLUMNS, type RunRow, toRunRecord } from '../rows.ts'
import { statement } from '../statement.ts'
import { readClaims, recall } from './claim.ts'
import { progressed } from './progressed.ts'

interface Ended {
  readonly jobs: string
  readonly now: number
}

interface Poisoned extends Ended {
  readonly maxRecoveries: number
}

/**
 * Is the run of the surrounding statement, `durably_runs`, held under a lease that ended? Running runs are few and their index is
 * read whole; the plus on the job keeps the planner from choosing the index by job, and with it the whole history.
 */
const leaseEnded = ($: Ended) => sql<boolean>`
  status = 'running' AND lease_ends_at < ${$.now} AND +job_name IN (SELECT value FROM json_each(${$.jobs}))`

const isPoison = ($: Poisoned) => sql<boolean>`
  ${leaseEnded($)} AND recoveries >= ${$.maxRecoveries} AND NOT ${progressed}`

/**
 * Admits whoever stands behind a run that is poison. Unlike elsewhere it goes first: afterwards nothing tells which runs were poison.
 */
const admitBehindPoison = statement<Poisoned & Record<string, string | number>>()(
  (_, $) => sql<never>`
    UPDATE OR IGNORE durably_runs SET ready_at = 0
    WHERE id IN (
      SELECT (
        SELECT w.id FROM durably_runs AS w
        WHERE w.concurrency_key = durably_runs.concurrency_key AND w.job_name = durably_runs.job_name
          AND w.status = 'pending' AND w.ready_at IS NULL
        ORDER BY w.id LIMIT 1
      )
      FROM durably_runs
      WHERE ${isPoison($)} AND concurrency_key IS NOT NULL
    )`,
)

const failPoison = statement<Poisoned & { error: string } & Record<string, string | number>>()(
  (_, $) => sql<RunRow>`
    UPDATE durably_runs
    SET status = ${statusAfter('poison')}, error = ${$.error}, finished_at = ${$.now}, generation = generation + 1,
      claim_id = NULL, heartbeat_at = NULL, lease_ends_at = NULL
    WHERE ${isPoison($)}
    RETURNING ${sql.join(RUN_COLUMNS.map((column) => sql.ref(column)))}`,
)

/** The run stays `running`, and so keeps the slot of its key. What this claim id holds already counts, as in a claim. */
const takeOver = statement<
  Ended & { claim: string; limit: number; leaseEndsAt: number } & Record<string, string | number>
>()(
  (_, $) => sql<never>`
    UPDATE durably_runs
    SET generation = generation + 1, claim_id = ${$.claim}, heartbeat_at = ${$.now}, lease_ends_at = ${$.leaseEndsAt},
      recoveries = CASE WHEN ${progressed} THEN 1 ELSE recoveries + 1 END
    WHERE id IN (
      SELECT id FROM durably_runs
      WHERE ${leaseEnded($)}
      ORDER BY lease_ends_at, id
      LIMIT max(0, ${$.limit} - (
        SELECT count(*) FROM durably_runs AS mine WHERE mine.claim_id = ${$.claim} AND mine.status = 'running'
      ))
    )`,
)

/** A heartbeat further in the future than its lease lasts: the clock was set back since. The lease begins now, once more. */
const moveFutureLeases = statement<{ jobs: string; now: number }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs SET heartbeat_at = ${$.now}, lease_ends_at = ${$.now} + (lease_ends_at - heartbeat_at)
    WHERE status = 'running' AND heartbeat_at - (lease_ends_at - heartbeat_at) > ${$.now}
      AND +job_name IN (SELECT value FROM json_each(${$.jobs}))`,
)

/** Whoever held these leases has lost the database. Ends them all, also those of runs that no slot is free for now. */
const endOtherLeases = statement<{ jobs: string; claim: string; now: number }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs SET heartbeat_at = ${$.now} - 1, lease_ends_at = ${$.now} - 1
    WHERE status = 'running' AND claim_id IS NOT ${$.claim}
      AND +job_name IN (SELECT value FROM json_each(${$.jobs}))`,
)

/** Takes over runs whose lease ended; fails those that never get anywhere. */
export function recover(request: RecoverRequest): Operation<RecoverResult> {
  return {
    weight: 1,
    compose() {
      const ended = { jobs: JSON.stringify(request.jobNames), claim: request.claimId, now: request.now }
      const poisoned = { ...ended, maxRecoveries: request.maxRecoveries }
      return [
        (request.exclusive ? endOtherLeases : moveFutureLeases).bind(ended),
        admitBehindPoison.bind(poisoned),
        failPoison.bind({ ...poisoned, error: request.poisonErrorJson }),
        takeOver.bind({
          ...ended,
          limit: Math.max(0, request.limit()),
          leaseEndsAt: request.now + request.leaseMs,
        }),
        ...recall(request.claimId),
      ]
    },
    read: (results) => ({
      poisoned: failPoison.rows(results[2] as QueryResult).map(toRunRecord),
      claims: readClaims(results[4] as QueryResult, results[5] as QueryResult),
    }),
  }
}
