import type { Lease, Outcome } from '@durably/core'
import { sql } from 'kysely'
import type { Statement } from '../driver.ts'
import { statusAfter, statusesBefore } from '../guards.ts'
import { type Operation, weightOf } from '../operation.ts'
import { admitLineOf, yieldLineTo } from './admit.ts'
import { fencedWrite, requireLease } from './fenced-write.ts'
import { progressed } from './progressed.ts'

// Each may be repeated by its own generation: only the holder of the lease can have led the run to that state under it. Repeated,
// it is answered and changes nothing.

/** A new value for a column when this is the settle that ends the attempt, and the present one when it is a repetition. */
const onceOver = (column: 'output' | 'error' | 'finished_at' | 'ready_at', value: unknown) =>
  sql`${sql.ref(column)} = CASE status WHEN 'running' THEN ${value} ELSE ${sql.ref(column)} END`

const complete = fencedWrite<{ id: string; generation: number; output: string | null; now: number }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs
    SET status = ${statusAfter('complete')}, ${onceOver('output', $.output)}, ${onceOver('finished_at', $.now)},
      claim_id = NULL, heartbeat_at = NULL, lease_ends_at = NULL
    WHERE id = ${$.id} AND generation = ${$.generation} AND status IN (${statusesBefore('complete')}, ${statusAfter('complete')})`,
)

const fail = fencedWrite<{ id: string; generation: number; error: string; now: number }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs
    SET status = ${statusAfter('fail')}, ${onceOver('error', $.error)}, ${onceOver('finished_at', $.now)},
      claim_id = NULL, heartbeat_at = NULL, lease_ends_at = NULL
    WHERE id = ${$.id} AND generation = ${$.generation} AND status IN (${statusesBefore('fail')}, ${statusAfter('fail')})`,
)

const suspend = fencedWrite<{ id: string; generation: number; wakeAt: number | null }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs
    SET status = ${statusAfter('suspend')}, ${onceOver('ready_at', $.wakeAt)},
      recoveries = CASE WHEN ${progressed} THEN 0 ELSE recoveries END,
      claim_id = NULL, heartbeat_at = NULL, lease_ends_at = NULL
    WHERE id = ${$.id} AND generation = ${$.generation} AND status IN (${statusesBefore('suspend')}, ${statusAfter('suspend')})`,
)

const release = fencedWrite<{ id: string; generation: number }>()(
  (_, $) => sql<never>`
    UPDATE durably_runs
    SET status = ${statusAfter('release')}, ${onceOver('ready_at', sql`CASE WHEN concurrency_key IS NULL THEN 0 END`)},
      recoveries = CASE WHEN ${progressed} THEN 0 ELSE recoveries END,
      claim_id = NULL, heartbeat_at = NULL, lease_ends_at = NULL
    WHERE id = ${$.id} AND generation = ${$.generation} AND status IN (${statusesBefore('release')}, ${statusAfter('release')})`,
)

/**
 * Ends the attempt. Whoever is next in the run's line is admitted in the same commit.
 *
 * @param keyed may the run have a concurrency key?
 */
export function settle(lease: Lease, outcome: Outcome, now: number, keyed: boolean): Operation<void> {
  return {
    weight: weightOf(1, textLength(outcome)),
    compose(countsChanges) {
      const ending = end(lease, outcome, now, countsChanges)
      if (!keyed) return [ending]
      const admit = admitLineOf.bind({ id: lease.runId })
      return outcome.status === 'released'
        ? [ending, yieldLineTo.bind({ id: lease.runId }), admit]
        : [ending, admit]
    },
    read: ([settled]) => requireLease(lease, settled),
  }
}

function end(lease: Lease, outcome: Outcome, now: number, countsChanges: boolean): Statement {
  const { runId: id, generation } = lease
  switch (outcome.status) {
    case 'completed':
      return complete.bind({ id, generation, output: outcome.outputJson, now }, countsChanges)
    case 'failed':
      return fail.bind({ id, generation, error: outcome.errorJson, now }, countsChanges)
    case 'suspended':
      return suspend.bind({ id, generation, wakeAt: wakeTime(outcome.wakeAt) }, countsChanges)
    case 'released':
      return release.bind({ id, generation }, countsChanges)
  }
}

/** 0 would say "claimable now" in the column; a run that is to wake at once wakes at the first moment there is. */
function wakeTime(wakeAt: number | null): number | null {
  return wakeAt === null ? null : Math.max(1, wakeAt)
}

function textLength(outcome: Outcome): number {
  if (outcome.status === 'completed') return outcome.outputJson?.length ?? 0
  return outcome.status === 'failed' ? outcome.errorJson.length : 0
}
