import type { Lease } from '@durably/core'
import { sql } from 'kysely'
import { type Operation, weightOf } from '../operation.ts'
import { statement } from '../statement.ts'

/** `[[runId, generation], …]`. The plus keeps the planner on the ids: the index of running runs would be read whole. */
const extendLeases = statement<{ leases: string; now: number; leaseEndsAt: number }>()(
  (_, $) => sql<{ id: string; generation: number }>`
    UPDATE durably_runs SET heartbeat_at = ${$.now}, lease_ends_at = ${$.leaseEndsAt}
    WHERE (id, generation) IN (SELECT value->>0, value->>1 FROM json_each(${$.leases})) AND +status = 'running'
    RETURNING id, generation`,
)

/** Extends leases, all in one statement; answers those still held. */
export function renew(leases: readonly Lease[], now: number, leaseMs: number): Operation<readonly Lease[]> {
  return {
    weight: weightOf(leases.length, 0),
    compose: () => [
      extendLeases.bind({
        leases: JSON.stringify(leases.map((lease) => [lease.runId, lease.generation])),
        now,
        leaseEndsAt: now + leaseMs,
      }),
    ],
    read: ([held]) =>
      held === undefined
        ? []
        : extendLeases.rows(held).map(({ id, generation }) => ({ runId: id, generation })),
  }
}
