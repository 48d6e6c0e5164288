import Database from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Statement } from '../src/driver.ts'
import { MIGRATIONS } from '../src/migrations/migrations.ts'
import { everyStatement } from './support/every-statement.ts'

/** What reads a table or index whole on purpose: running runs are few, and the rest are intermediate results. */
const WHOLE_ON_PURPOSE = [
  /^SCAN \w+ VIRTUAL TABLE/,
  /^SCAN \w+ USING (COVERING )?INDEX durably_runs_running$/,
  /^SCAN \(subquery-\d+\)$/,
  /^SCAN oldest$/,
  /^SCAN head$/,
]

/** The hot statements, by a piece of their text, and the access they have to have. */
const HOT: readonly (readonly [name: string, text: RegExp, access: RegExp])[] = [
  [
    'a claim reads the queue of its jobs',
    /SET status = 'running', generation/,
    /^SEARCH n USING INDEX durably_runs_ready \(job_name=\? AND ready_at=\?\)/,
  ],
  [
    'a claim asks whether a key is busy',
    /SET status = 'running', generation/,
    /^SEARCH b USING COVERING INDEX durably_runs_slot/,
  ],
  [
    'what a claim holds',
    /^select "id".* where "claim_id" = /s,
    /^SEARCH durably_runs USING INDEX durably_runs_running \(claim_id=\?\)/,
  ],
  [
    'first attempts cost no step',
    /cross join "durably_steps"/,
    /^SEARCH r USING INDEX durably_runs_running \(claim_id=\? AND generation>\?\)/,
  ],
  [
    'the next of a line',
    /UPDATE OR IGNORE durably_runs SET ready_at = 0/,
    /^SEARCH w USING INDEX durably_runs_waiting \(concurrency_key=\? AND job_name=\?\)/,
  ],
  [
    'what is due',
    /SELECT min\(\(/,
    /^SEARCH n USING COVERING INDEX durably_runs_ready \(job_name=\? AND ready_at>\?\)/,
  ],
  [
    'a step under its lease',
    /^insert into "durably_steps"/,
    /^SEARCH r USING INDEX sqlite_autoindex_durably_runs_1 \(id=\?\)/,
  ],
  [
    'a settle',
    /SET status = 'completed'/,
    /^SEARCH durably_runs USING INDEX sqlite_autoindex_durably_runs_1 \(id=\?\)/,
  ],
  [
    'recovery reads running runs only',
    /SET generation = generation \+ 1, claim_id/,
    /^SCAN durably_runs USING INDEX durably_runs_running/,
  ],
  [
    'moving leases from the future reads running runs only',
    /lease_ends_at = \+\? \+ \(lease_ends_at/,
    /^SCAN durably_runs USING INDEX durably_runs_running/,
  ],
  [
    'renewal goes by id',
    /WHERE \(id, generation\) IN/,
    /^SEARCH durably_runs USING INDEX sqlite_autoindex_durably_runs_1 \(id=\?\)/,
  ],
  [
    'a purge reads no run that stays',
    /^\s*DELETE FROM durably_runs WHERE id IN/,
    /^SEARCH p USING COVERING INDEX durably_runs_finished \(status=\?\)/,
  ],
]

let statements: readonly Statement[]
let before: Map<string, readonly string[]>
let after: Map<string, readonly string[]>

beforeAll(async () => {
  statements = [...(await everyStatement()).values()]
  const database = new Database(':memory:')
  for (const migration of MIGRATIONS) for (const sql of migration.statements) database.exec(sql)
  const plans = () =>
    new Map(
      statements.map(({ sql, parameters }) => {
        const lines = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as { detail: string }[]
        return [sql, lines.map(({ detail }) => detail)]
      }),
    )
  before = plans()
  database.exec(HISTORY)
  database.exec('ANALYZE')
  after = plans()
  database.close()
})

describe('the plan of every statement', () => {
  it('reads no table and no index whole', () => {
    for (const [sql, plan] of before) {
      const scans = plan.filter(
        (line) => line.startsWith('SCAN') && !WHOLE_ON_PURPOSE.some((purpose) => purpose.test(line)),
      )
      expect(scans, sql).toEqual([])
      expect(plan.join('\n'), sql).not.toContain('AUTOMATIC')
    }
  })

  it('stays the same after ANALYZE on a long history', () => {
    for (const { sql } of statements) expect(after.get(sql), sql).toEqual(before.get(sql))
  })

  it.each(HOT)('%s', (_, text, access) => {
    const found = statements.filter(({ sql }) => text.test(sql))
    expect(found.length).toBeGreaterThan(0)
    for (const { sql } of found)
      expect(
        after.get(sql)?.some((line) => access.test(line)),
        sql,
      ).toBe(true)
  })
})

/** 20 000 ended runs, 1 000 pending, 100 waiting behind one key, 10 running, with steps and labels: what statistics are made of. */
const HISTORY = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 21110)
  INSERT INTO durably_runs
    (id, job_name, status, generation, ready_at, claim_id, lease_ends_at, concurrency_key, created_at, finished_at, input)
  SELECT printf('%026d', i), 'job', CASE
      WHEN i <= 15000 THEN 'completed' WHEN i <= 20000 THEN 'failed' WHEN i <= 21100 THEN 'pending' ELSE 'running' END,
    1, CASE WHEN i > 20000 AND i <= 21000 THEN 0 END, CASE WHEN i > 21100 THEN 'claim' END, CASE WHEN i > 21100 THEN i END,
    CASE WHEN i > 21000 AND i <= 21100 THEN 'key' END, i, CASE WHEN i <= 20000 THEN i END, '{}'
  FROM n;
  INSERT INTO durably_steps (run_id, name, position, generation, attempt, started_at, finished_at)
    SELECT id, 'step', 0, 1, 1, 1, 1 FROM durably_runs;
  INSERT INTO durably_labels (name, value, run_id) SELECT 'team', 'a', id FROM durably_runs;
`
