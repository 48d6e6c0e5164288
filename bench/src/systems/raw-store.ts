import type { Durability, Tally } from '@durably/bench-peers/engine'

/** A statement of better-sqlite3 or of `libsql`, which has the same shape. */
interface RawStatement {
  run(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
}

/** A connection of better-sqlite3 or of `libsql`. */
export interface RawDatabase {
  exec(sql: string): unknown
  pragma(pragma: string): unknown
  prepare(sql: string): RawStatement
  close(): unknown
}

const SCHEMA = `
  CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY, job_name TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL,
    started_at INTEGER, finished_at INTEGER, input TEXT NOT NULL, output TEXT
  ) STRICT;
  CREATE INDEX runs_pending ON runs (job_name, id) WHERE status = 'pending';
  CREATE TABLE steps (
    run_id TEXT NOT NULL, name TEXT NOT NULL, finished_at INTEGER NOT NULL, output TEXT, PRIMARY KEY (run_id, name)
  ) STRICT, WITHOUT ROWID;`

/**
 * The minimal statements of a durable step engine: insert run, claim, insert step, complete. Cached statements, no guard, no
 * events, no validation, nothing awaited: the ceiling an engine on this library is measured against. Every call that writes is
 * one commit, and takes as many runs or steps as the caller wants grouped in it.
 */
export class RawStore {
  readonly #database: RawDatabase
  readonly #insertRun: RawStatement
  readonly #claim: RawStatement
  readonly #insertStep: RawStatement
  readonly #complete: RawStatement
  readonly #steps: RawStatement
  #runs = 0

  constructor(database: RawDatabase, durability: Durability) {
    this.#database = database
    database.pragma('journal_mode = WAL')
    database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`)
    database.pragma('temp_store = memory')
    this.#database.exec(SCHEMA)
    const prepare = (sql: string) => this.#database.prepare(sql)
    this.#insertRun = prepare(
      `INSERT INTO runs (id, job_name, status, created_at, input) VALUES (?, 'bench', 'pending', ?, ?)`,
    )
    this.#claim = prepare(`
      UPDATE runs SET status = 'running', started_at = +?
      WHERE id IN (SELECT id FROM runs WHERE job_name = 'bench' AND status = 'pending' ORDER BY id LIMIT +?)
      RETURNING id, input`)
    this.#insertStep = prepare('INSERT INTO steps (run_id, name, finished_at, output) VALUES (?, ?, ?, ?)')
    this.#complete = prepare(`UPDATE runs SET status = 'completed', output = ?, finished_at = ? WHERE id = ?`)
    this.#steps = prepare('SELECT name, output FROM steps WHERE run_id = +?')
  }

  /** Stores pending runs in one commit. */
  enqueue(count: number): void {
    this.#commit(count, () => {
      const now = Date.now()
      for (let i = 0; i < count; i += 1) {
        this.#runs += 1
        this.#insertRun.run(`01${String(this.#runs).padStart(24, '0')}`, now, '{"steps":1,"sentAtMs":0}')
      }
    })
  }

  /** Takes up to `limit` pending runs in one commit and answers their ids. */
  claim(limit: number): readonly string[] {
    return (this.#claim.all(Date.now(), limit) as { readonly id: string }[]).map((row) => row.id)
  }

  /** Records one step of each run in one commit. */
  recordSteps(steps: readonly { readonly runId: string; readonly name: string }[]): void {
    this.#commit(steps.length, () => {
      const now = Date.now()
      for (const step of steps) this.#insertStep.run(step.runId, step.name, now, '1')
    })
  }

  /** Completes runs in one commit. */
  complete(runIds: readonly string[]): void {
    this.#commit(runIds.length, () => {
      const now = Date.now()
      for (const id of runIds) this.#complete.run('1', now, id)
    })
  }

  /** Reads and parses everything recorded for a run. */
  recordedSteps(runId: string): ReadonlyMap<string, unknown> {
    const rows = this.#steps.all(runId) as { readonly name: string; readonly output: string }[]
    return new Map(rows.map((row) => [row.name, JSON.parse(row.output)]))
  }

  /** Counts what the file holds. */
  tally(): Tally {
    const [tally] = this.#database
      .prepare(`
        SELECT count(*) FILTER (WHERE status = 'pending') AS pending, count(*) FILTER (WHERE status = 'completed') AS completed,
          0 AS failed, (SELECT count(*) FROM steps) AS steps FROM runs`)
      .all() as [Tally]
    return tally
  }

  /** Releases the file. */
  close(): void {
    this.#database.close()
  }

  #commit(writes: number, write: () => void): void {
    if (writes === 1) {
      // A lone statement commits by itself.
      write()
      return
    }
    this.#database.exec('BEGIN IMMEDIATE')
    write()
    this.#database.exec('COMMIT')
  }
}
