import type { Lease, NewStep } from '@durably/core'
import { sql } from 'kysely'
import { type Operation, weightOf } from '../operation.ts'
import { fencedWrite, requireLease } from './fenced-write.ts'

/**
 * The lease stands in the insert itself: no lease, no row. The same generation may repeat itself; a record of another generation
 * stays as it is.
 */
const insertStep = fencedWrite<{
  id: string
  generation: number
  name: string
  digest: string
  failure: number
  position: number
  attempt: number
  startedAt: number
  now: number
  output: string | null
  error: string | null
}>()((db, $) =>
  db
    .insertInto('durably_steps')
    .columns([
      'run_id',
      'name',
      'digest',
      'failure',
      'position',
      'generation',
      'attempt',
      'started_at',
      'finished_at',
      'output',
      'error',
    ])
    .expression((eb) =>
      eb
        .selectFrom('durably_runs as r')
        .select((eb) => [
          'r.id',
          eb.val($.name).as('name'),
          eb.val($.digest).as('digest'),
          eb.val($.failure).as('failure'),
          eb.val($.position).as('position'),
          'r.generation',
          eb.val($.attempt).as('attempt'),
          eb.val($.startedAt).as('started_at'),
          eb.val($.now).as('finished_at'),
          eb.val($.output).as('output'),
          eb.val($.error).as('error'),
        ])
        .where('r.id', '=', $.id)
        .where('r.generation', '=', $.generation)
        .where('r.status', '=', sql.lit('running')),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['run_id', 'name', 'digest', 'failure'])
        .doUpdateSet((eb) => ({ generation: eb.ref('excluded.generation') }))
        .whereRef('durably_steps.generation', '=', 'excluded.generation'),
    ),
)

const updateProgress = fencedWrite<{ id: string; generation: number; progress: string }>()((db, $) =>
  db
    .updateTable('durably_runs')
    .set({ progress: $.progress })
    .where('id', '=', $.id)
    .where('generation', '=', $.generation)
    .where('status', '=', sql.lit('running')),
)

/** Records one step under the lease. A failed attempt is kept under its number, beside the completed record. */
export function recordStep(lease: Lease, step: NewStep, now: number): Operation<void> {
  const completed = step.status === 'completed'
  const output = completed ? step.outputJson : null
  const error = completed ? null : step.errorJson
  return {
    weight: weightOf(1, (output?.length ?? 0) + (error?.length ?? 0)),
    compose(countsChanges) {
      const values = {
        id: lease.runId,
        generation: lease.generation,
        name: step.name,
        digest: step.digest,
        failure: completed ? 0 : step.attempt,
        position: step.position,
        attempt: step.attempt,
        startedAt: step.startedAt,
        now,
        output,
        error,
      }
      return [insertStep.bind(values, countsChanges)]
    },
    read: ([recorded]) => requireLease(lease, recorded),
  }
}

/** Replaces the run's progress under the lease. */
export function recordProgress({ runId, generation }: Lease, progressJson: string): Operation<void> {
  return {
    weight: weightOf(1, progressJson.length),
    compose: (countsChanges) => [
      updateProgress.bind({ id: runId, generation, progress: progressJson }, countsChanges),
    ],
    read: ([updated]) => requireLease({ runId, generation }, updated),
  }
}
