import type { RunStatus } from '@durably/core'

/** The tables as Kysely sees them. The SQL that creates them is in `migrations/`, and stays as it was once it is released. */
export interface Database {
  durably_runs: RunsTable
  durably_steps: StepsTable
  durably_labels: LabelsTable
  durably_logs: LogsTable
  durably_schema_versions: SchemaVersionsTable
}

/** One row a run. */
export interface RunsTable {
  /** A ULID; the order of ids is the order of creation. */
  id: string
  job_name: string
  status: RunStatus
  /** Grows with every claim, recovery, cancel and retry; every write made for an attempt carries it. */
  generation: number
  /** 0: claimable now. Above 0: at that time. Null: not claimable (in line behind its key, running, ended, waiting for an event). */
  ready_at: number | null
  /** The call that last took, cancelled or retried the run; it lets that call be repeated and give the same answer. */
  claim_id: string | null
  heartbeat_at: number | null
  /** When another worker may take the run over. */
  lease_ends_at: number | null
  /** Times the run was taken over in a row without a completed step in between. */
  recoveries: number
  /** Room for persisted events; nothing writes it yet. Here because a column added later would lie behind the large ones. */
  last_event_sequence: number | null
  idempotency_key: string | null
  concurrency_key: string | null
  /** The run this one repeats. */
  origin_id: string | null
  /** A JSON object of strings, for display; `durably_labels` is what filters use. */
  labels: string | null
  created_at: number
  started_at: number | null
  finished_at: number | null
  progress: string | null
  error: string | null
  input: string
  output: string | null
}

/** One row for a completed step, and one for each of its failed attempts. */
export interface StepsTable {
  run_id: string
  name: string
  digest: string
  /** 0: the completed record. n: the attempt that failed. -n: the same, forgotten by a retry of the run. */
  failure: number
  position: number
  generation: number
  attempt: number
  started_at: number
  finished_at: number
  output: string | null
  error: string | null
}

/** The labels of all runs, sorted for filters. */
export interface LabelsTable {
  name: string
  value: string
  run_id: string
}

/** The log lines of all runs. */
export interface LogsTable {
  run_id: string
  /** A ULID; the order of ids is the order of lines. */
  id: string
  step_name: string | null
  level: 'info' | 'warn' | 'error'
  message: string
  data: string | null
  created_at: number
}

/** One row a migration that was applied. */
export interface SchemaVersionsTable {
  version: number
}
