import type { Migration } from './migration.ts'

/**
 * Runs, steps, labels and logs.
 *
 * There are no foreign keys: every delete names its tables, and a step insert pays for no look-up beyond its fence. Of the
 * indexes, the first six are what correctness and the speed of claims rest on; the others serve listings. All but the last are
 * partial, so that a million ended runs cost a claim nothing.
 */
export const FIRST_TABLES: Migration = {
  version: 1,
  statements: [
    `CREATE TABLE durably_schema_versions (version INTEGER NOT NULL PRIMARY KEY) STRICT`,
    // Large columns come last: what lies behind them is slow to reach.
    `CREATE TABLE durably_runs (
      id TEXT NOT NULL PRIMARY KEY,
      job_name TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'suspended', 'completed', 'failed', 'cancelled')),
      generation INTEGER NOT NULL DEFAULT 0,
      ready_at INTEGER,
      claim_id TEXT,
      heartbeat_at INTEGER,
      lease_ends_at INTEGER,
      recoveries INTEGER NOT NULL DEFAULT 0,
      last_event_sequence INTEGER,
      idempotency_key TEXT,
      concurrency_key TEXT,
      origin_id TEXT,
      labels TEXT,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      finished_at INTEGER,
      progress TEXT,
      error TEXT,
      input TEXT NOT NULL,
      output TEXT
    ) STRICT`,
    // "Completed at most once per run, name and digest" is the primary key; failed attempts stand beside it under their number.
    `CREATE TABLE durably_steps (
      run_id TEXT NOT NULL,
      name TEXT NOT NULL,
      digest TEXT NOT NULL DEFAULT '',
      failure INTEGER NOT NULL DEFAULT 0,
      position INTEGER NOT NULL,
      generation INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      finished_at INTEGER NOT NULL,
      output TEXT,
      error TEXT,
      PRIMARY KEY (run_id, name, digest, failure)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE durably_labels (
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      run_id TEXT NOT NULL,
      PRIMARY KEY (name, value, run_id)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE durably_logs (
      run_id TEXT NOT NULL,
      id TEXT NOT NULL,
      step_name TEXT,
      level TEXT NOT NULL,
      message TEXT NOT NULL,
      data TEXT,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (run_id, id)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX durably_runs_ready ON durably_runs (job_name, ready_at, id) WHERE ready_at IS NOT NULL`,
    `CREATE INDEX durably_runs_running ON durably_runs (claim_id, generation) WHERE status = 'running'`,
    // At most one running run per key.
    `CREATE UNIQUE INDEX durably_runs_slot ON durably_runs (concurrency_key)
      WHERE status = 'running' AND concurrency_key IS NOT NULL`,
    // At most one claimable run per key and job: the head of the line.
    `CREATE UNIQUE INDEX durably_runs_head ON durably_runs (concurrency_key, job_name)
      WHERE ready_at = 0 AND concurrency_key IS NOT NULL`,
    `CREATE INDEX durably_runs_waiting ON durably_runs (concurrency_key, job_name, id)
      WHERE status = 'pending' AND ready_at IS NULL`,
    `CREATE UNIQUE INDEX durably_runs_idempotency ON durably_runs (job_name, idempotency_key)
      WHERE idempotency_key IS NOT NULL`,
    `CREATE INDEX durably_runs_finished ON durably_runs (status, id, finished_at) WHERE finished_at IS NOT NULL`,
    `CREATE INDEX durably_runs_pending ON durably_runs (id) WHERE status = 'pending'`,
    `CREATE INDEX durably_runs_suspended ON durably_runs (id) WHERE status = 'suspended'`,
    `CREATE INDEX durably_runs_job ON durably_runs (job_name, id)`,
    `CREATE INDEX durably_labels_run ON durably_labels (run_id)`,
  ],
}
