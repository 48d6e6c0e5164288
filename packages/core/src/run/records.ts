import type { RunStatus } from './lifecycle.ts'

/** A run as it is stored. */
export interface RunRecord {
  readonly id: string
  readonly jobName: string
  readonly status: RunStatus
  readonly generation: number
  readonly recoveries: number
  readonly idempotencyKey: string | null
  readonly concurrencyKey: string | null
  /** A JSON object of strings. */
  readonly labelsJson: string | null
  readonly originId: string | null
  readonly createdAt: number
  /** The first time a worker took it. */
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly heartbeatAt: number | null
  readonly leaseEndsAt: number | null
  /** When a delayed or sleeping run is due; null when it is claimable, in line, running or ended. */
  readonly dueAt: number | null
  readonly inputJson: string
  readonly outputJson: string | null
  readonly progressJson: string | null
  readonly errorJson: string | null
}

/** A step to record: exactly one of `outputJson` (may be null for `undefined`) and `errorJson` counts, as `status` says. */
export interface NewStep {
  readonly name: string
  /** Reserved for what the result depended on; empty today. */
  readonly digest: string
  readonly status: 'completed' | 'failed'
  /** 0 for the first step started in a run; kept when a step is attempted again. */
  readonly position: number
  /** 1 for the first execution of the body that ended; failures before it count, forgotten ones too. */
  readonly attempt: number
  readonly startedAt: number
  readonly outputJson: string | null
  readonly errorJson: string | null
}

/** A step as it is stored. */
export interface StepRecord extends NewStep {
  readonly runId: string
  readonly generation: number
  readonly finishedAt: number
  /** A failure from before a `retry`: kept for display, no longer thrown. */
  readonly forgotten: boolean
}
