import { constants, DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Statement } from '../src/driver.ts'
import { MIGRATIONS } from '../src/migrations/migrations.ts'
import { everyStatement } from './support/every-statement.ts'

let statements: readonly Statement[]

beforeAll(async () => {
  statements = [...(await everyStatement()).values()]
})

/** The limits of the smallest host, and no table but ours. */
function smallestHost(): DatabaseSync {
  const database = new DatabaseSync(':memory:', {
    limits: { compoundSelect: 5, variableNumber: 100, functionArg: 32, sqlLength: 100_000 },
  } as object)
  for (const { statements } of MIGRATIONS) for (const sql of statements) database.exec(sql)
  return database
}

describe('every statement of the storage', () => {
  it('is one of a finite set of texts, whatever is stored', async () => {
    const again = await everyStatement()
    expect([...again.keys()]).toEqual(statements.map((statement) => statement.sql))
    expect(statements.length).toBeGreaterThan(40)
  })

  it('binds no value the planner could see', () => {
    const bare = statements.filter(({ sql }) => /(?<!\+)\?/.test(sql))
    expect(bare.map(({ sql }) => sql)).toEqual([])
  })

  it('has as many values as its text asks for', () => {
    const asked = statements.map(({ sql }) => sql.split('+?').length - 1)
    expect(statements.map(({ parameters }) => parameters.length)).toEqual(asked)
  })

  it('compiles within the limits of the smallest host', () => {
    const database = smallestHost()
    expect(() => database.prepare(`SELECT ${'?, '.repeat(100)} ?`)).toThrow('too many')
    for (const { sql } of statements) expect(() => database.prepare(sql), sql).not.toThrow()
    database.close()
  })

  it('is compiled once, however often it is executed and with whatever values', () => {
    const database = smallestHost()
    let compilations = 0
    const compilationsOf = (sql: string, values: Statement['parameters']) => {
      const prepared = database.prepare(sql)
      prepared.all(...values)
      compilations = 0
      for (let i = 0; i < 20; i++)
        prepared.all(...values.map((value) => (typeof value === 'number' ? value + i : value)))
      return compilations
    }
    // The authorizer is asked while a statement is compiled, and never while it runs.
    database.setAuthorizer(() => {
      compilations++
      return constants.SQLITE_OK
    })
    expect(compilationsOf('SELECT id FROM durably_runs ORDER BY id LIMIT ?', [1])).toBeGreaterThan(0)
    expect(compilationsOf('SELECT id FROM durably_runs ORDER BY id LIMIT +?', [1])).toBe(0)
    const guilty = statements.filter(({ sql, parameters }) => compilationsOf(sql, parameters) > 0)
    expect(guilty.map(({ sql }) => sql)).toEqual([])
    database.close()
  })
})
