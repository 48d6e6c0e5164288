import type { Claim, ClaimRequest, RunRecord, StepRecord } from '@durably/core'
import { sql } from 'kysely'
import type { QueryResult, Statement } from '../driver.ts'
import type { Operation } from '../operation.ts'
import { RUN_COLUMNS, toRunRecord, toStepRecord } from '../rows.ts'
import { statement } from '../statement.ts'

/**
 * The first runs of each known job, merged: the backlog of other jobs is never read. What this claim id holds already counts, so
 * a repeated claim takes nothing more. `max(0, …)` because a negative LIMIT means no limit.
 *
 * A keyed run is taken when nothing of its key runs and no older head of the key, in the line of another known job, is about to.
 * `OR IGNORE` is for two processes only: the index that allows one running run per key then has the last word.
 *
 * Of each job as many heads are looked at as could be needed: those of running keys, and `limit` more. Any of these that an older
 * head holds up stands for that one, which is claimable; without the bound, two long lines of keys would be compared in each claim.
 */
const takeRuns = statement<{
  jobs: string
  claim: string
  limit: number
  now: number
  leaseEndsAt: number
}>()(
  (_, $) => sql<never>`
    UPDATE OR IGNORE durably_runs
    SET status = 'running', generation = generation + 1, ready_at = NULL, claim_id = ${$.claim}, heartbeat_at = ${$.now},
      lease_ends_at = ${$.leaseEndsAt}, started_at = coalesce(started_at, ${$.now})
    WHERE id IN (
      SELECT c.id
      FROM json_each(${$.jobs}) AS job
      CROSS JOIN durably_runs AS c
      WHERE c.id IN (
        SELECT head.id FROM (
          SELECT n.id, n.concurrency_key FROM durably_runs AS n
          WHERE n.job_name = job.value AND n.ready_at = 0
          ORDER BY n.id LIMIT ${$.limit} + (
            SELECT count(*) FROM durably_runs AS b WHERE b.concurrency_key IS NOT NULL AND b.status = 'running'
          )
        ) AS head
        WHERE head.concurrency_key IS NULL OR (
          NOT EXISTS (
            SELECT 1 FROM durably_runs AS b WHERE b.concurrency_key = head.concurrency_key AND b.status = 'running'
          )
          AND NOT EXISTS (
            SELECT 1 FROM durably_runs AS h
            WHERE h.concurrency_key = head.concurrency_key AND h.ready_at = 0 AND h.id < head.id
              AND +h.job_name IN (SELECT value FROM json_each(${$.jobs}))
          )
        )
        ORDER BY head.id LIMIT ${$.limit}
      )
      ORDER BY 1
      LIMIT max(0, ${$.limit} - (
        SELECT count(*) FROM durably_runs AS mine WHERE mine.claim_id = ${$.claim} AND mine.status = 'running'
      ))
    )`,
)

/** What a claim id holds. Read back and not returned by the update, so that a claim whose answer was lost can be repeated. */
const heldRuns = statement<{ claim: string }>()((db, $) =>
  db
    .selectFrom('durably_runs')
    .select(RUN_COLUMNS)
    .where('claim_id', '=', $.claim)
    .where('status', '=', sql.lit('running')),
)

/** Their steps. Runs on their first attempt have none; the generation stands in the index, so they cost one seek in all. */
const heldSteps = statement<{ claim: string }>()((db, $) =>
  db
    .selectFrom('durably_runs as r')
    .crossJoin('durably_steps as s')
    .selectAll('s')
    .whereRef('s.run_id', '=', 'r.id')
    .where('r.claim_id', '=', $.claim)
    .where('r.status', '=', sql.lit('running'))
    .where('r.generation', '>', sql.lit(1)),
)

/**
 * Takes claimable runs. The limit is asked when the commit is put together: slots freed until then count.
 *
 * @param onTaken sees the claims before anyone else does
 */
export function claim(
  request: ClaimRequest,
  onTaken: (claims: readonly Claim[]) => void,
): Operation<readonly Claim[]> {
  return {
    weight: 1,
    compose: () => [
      takeRuns.bind({
        jobs: JSON.stringify(request.jobNames),
        claim: request.claimId,
        limit: Math.max(0, request.limit()),
        now: request.now,
        leaseEndsAt: request.now + request.leaseMs,
      }),
      ...recall(request.claimId),
    ],
    read(results) {
      const claims = readClaims(results[1] as QueryResult, results[2] as QueryResult)
      onTaken(claims)
      return claims
    },
  }
}

/** The two statements that read what a claim id holds; `readClaims` takes their results. */
export function recall(claimId: string): readonly [Statement, Statement] {
  const values = { claim: claimId }
  return [heldRuns.bind(values), heldSteps.bind(values)]
}

/** The claims, oldest run first. Sorted here: a sort in SQL costs each claim a temporary table. */
export function readClaims(runs: QueryResult, steps: QueryResult): readonly Claim[] {
  const stepsOf = new Map<string, StepRecord[]>()
  for (const row of heldSteps.rows(steps)) {
    const step = toStepRecord(row)
    const list = stepsOf.get(step.runId)
    if (list === undefined) stepsOf.set(step.runId, [step])
    else list.push(step)
  }
  for (const list of stepsOf.values()) list.sort((a, b) => a.position - b.position || a.attempt - b.attempt)
  const records = heldRuns.rows(runs).map(toRunRecord).sort(byId)
  return records.map((run) => ({ run, steps: stepsOf.get(run.id) ?? [] }))
}

function byId(a: RunRecord, b: RunRecord): number {
  return a.id < b.id ? -1 : 1
}
