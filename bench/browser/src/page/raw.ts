import { sqlocalDriver } from '@durably/driver-sqlocal'
import type { SqliteConnection, Statement } from '@durably/storage-kysely'

const SCHEMA = [
  `CREATE TABLE runs (id TEXT NOT NULL PRIMARY KEY, status TEXT NOT NULL, input TEXT NOT NULL, output TEXT) STRICT`,
  `CREATE INDEX runs_pending ON runs (id) WHERE status = 'pending'`,
  `CREATE TABLE steps (run_id TEXT NOT NULL, name TEXT NOT NULL, output TEXT, PRIMARY KEY (run_id, name)) STRICT, WITHOUT ROWID`,
]

/**
 * The minimal statements of a durable step engine as batches in the same worker, two commits a group: the steps, then the ends
 * with the next claim. No guard, no events, no validation: a ceiling, not an engine.
 */
export class RawStore {
  readonly #connection: SqliteConnection
  #lastId = 0

  private constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  static async open(databasePath: string): Promise<RawStore> {
    const connection = await sqlocalDriver({ databasePath, persist: false }).open()
    await connection.batch(SCHEMA.map((sql) => write(sql)))
    return new RawStore(connection)
  }

  async enqueue(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => {
      this.#lastId++
      return String(this.#lastId).padStart(20, '0')
    })
    const sql = `INSERT INTO runs (id, status, input) SELECT value, 'pending', '{"steps":1}' FROM json_each(?)`
    await this.#connection.batch([write(sql, JSON.stringify(ids))])
  }

  /** Executes everything, a group at a time; answers how many runs there were. */
  async drain(group: number): Promise<number> {
    let drained = 0
    let [claimed] = await this.#connection.batch([claim(group)])
    while (claimed !== undefined && claimed.rows.length > 0) {
      const ids = claimed.rows.map((row) => row['id'] as string)
      await this.#connection.batch(
        ids.map((id) => write(`INSERT INTO steps (run_id, name, output) VALUES (?, 'step 0', '0')`, id)),
      )
      const results = await this.#connection.batch([
        ...ids.map((id) => write(`UPDATE runs SET status = 'completed', output = '1' WHERE id = ?`, id)),
        claim(group),
      ])
      drained += ids.length
      claimed = results.at(-1)
    }
    return drained
  }

  /** Records steps of one run, a commit each. */
  async sequentialSteps(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      await this.#connection.batch([
        write(`INSERT INTO steps (run_id, name, output) VALUES ('run', ?, '0')`, `step ${index}`),
      ])
    }
  }

  /** Reads and parses everything recorded for the run. */
  async readSteps(): Promise<number> {
    const sql = `SELECT name, output FROM steps WHERE run_id = 'run'`
    const { rows } = await this.#connection.query({ sql, parameters: [], returnsRows: true })
    return new Map(rows.map((row) => [row['name'], JSON.parse(String(row['output']))])).size
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

function write(sql: string, ...parameters: string[]): Statement {
  return { sql, parameters, returnsRows: false }
}

function claim(limit: number): Statement {
  return {
    sql: `UPDATE runs SET status = 'running' WHERE id IN (SELECT id FROM runs WHERE status = 'pending' ORDER BY id LIMIT +?) RETURNING id, input`,
    parameters: [limit],
    returnsRows: true,
  }
}
