import Database from 'better-sqlite3'
import type { JournalLine } from '../journal.ts'

/** A row of `durably_runs`, as far as it is judged. */
export interface RunEvidence {
  readonly id: string
  readonly job_name: string
  readonly status: string
  readonly idempotency_key: string | null
  readonly concurrency_key: string | null
  readonly labels: string | null
  readonly output: string | null
  readonly error: string | null
}

/** A row of `durably_steps`, as far as it is judged. */
export interface StepEvidence {
  readonly run_id: string
  readonly name: string
  readonly generation: number
  readonly output: string | null
  readonly error: string | null
}

/** Everything a verdict rests on: what the database says, and what the journal says. */
export interface Evidence {
  readonly runs: readonly RunEvidence[]
  readonly steps: readonly StepEvidence[]
  /** What `PRAGMA integrity_check` answered. */
  readonly integrity: string
  readonly lines: readonly JournalLine[]
}

/** Reads a database with plain SQL, without anything of Durably. */
export function readEvidence(path: string, lines: readonly JournalLine[]): Evidence {
  return readPlain(path, (database) => ({
    runs: database
      .prepare(
        'SELECT id, job_name, status, idempotency_key, concurrency_key, labels, output, error FROM durably_runs ORDER BY id',
      )
      .all() as RunEvidence[],
    steps: database
      .prepare('SELECT run_id, name, generation, output, error FROM durably_steps')
      .all() as StepEvidence[],
    integrity: database.prepare('PRAGMA integrity_check').pluck().all().join('; '),
    lines,
  }))
}

/** Opens a database for a moment with plain better-sqlite3, whatever driver the scenario is about. */
export function readPlain<T>(path: string, read: (database: Database.Database) => T): T {
  const database = new Database(path, { timeout: 20_000 })
  try {
    return read(database)
  } finally {
    database.close()
  }
}

/** Every row that has to do with a run, as text: two of them are equal when nothing was written in between. */
export function dumpRun(path: string, runId: string): string {
  return readPlain(path, (database) =>
    JSON.stringify({
      run: database.prepare('SELECT * FROM durably_runs WHERE id = ?').all(runId),
      steps: database
        .prepare('SELECT * FROM durably_steps WHERE run_id = ? ORDER BY name, failure')
        .all(runId),
      logs: database.prepare('SELECT * FROM durably_logs WHERE run_id = ? ORDER BY id').all(runId),
    }),
  )
}
