import type { Lease, NewStep } from '@durably/core'
import { sql } from 'kysely'
import { type Operation, weightOf } from '../operation.ts'
import { statement } from '../statement.ts'
import { leaseLost } from './lease-lost.ts'

/**
 * The lease stands in the insert itself: no lease, no row. The same generation may repeat itself; a record of another generation
 * stays as it is.
 */
const insertStep = statement<{
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
    )
    .returning('position'),
)

const updateProgress = statement<{ id: string; generation: number; progress: string }>()((db, $) =>
  db
    .updateTable('durably_runs')
    .set({ progress: $.progress })
    .where('id', '=', $.id)
    .where('generation', '=', $.generation)
    .where('status', '=', sql.lit('running'))
    .returning('id'),
)

/** Records one step under the lease. A failed attempt is kept under its number, beside the completed record. */
export function recordStep(lease: Lease, step: NewStep, now: number): Operation<void> {
  const completed = step.status === 'completed'
  const output = completed ? step.outputJson : null
  const error = completed ? null : step.errorJson
  return {
    weight: weightOf(1, (output?.length ?? 0) + (error?.length ?? 0)),
    compose: () => [
      insertStep.bind({
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
      }),
    ],
    read([recorded]) {
      if (recorded?.rows.length !== 1) throw leaseLost(lease)
    },
  }
}

/** Replaces the run's progress under the lease. */
export function recordProgress(lease: Lease, progressJson: string): Operation<void> {
  return {
    weight: weightOf(1, progressJson.length),
    compose: () => [
      updateProgress.bind({ id: lease.runId, generation: lease.generation, progress: progressJson }),
    ],
    read([updated]) {
      if (updated?.rows.length !== 1) throw leaseLost(lease)
    },
  }
}
