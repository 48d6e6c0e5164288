import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { statement } from '../src/statement.ts'

describe('a statement template', () => {
  it('writes every bound value with a plus, which hides it from the planner', () => {
    const template = statement<{ id: string; limit: number }>()((db, $) =>
      db.selectFrom('durably_runs').select('id').where('id', '<', $.id).limit($.limit),
    )
    expect(template.sql).toBe('select "id" from "durably_runs" where "id" < +? limit +?')
  })

  it('binds values by name, in the order of the text, as often as they occur', () => {
    const template = statement<{ a: string; b: number | null }>()(
      (_, $) => sql`SELECT ${$.b}, ${$.a}, ${$.b} FROM durably_runs`,
    )
    expect(template.bind({ a: 'x', b: null }).parameters).toEqual([null, 'x', null])
    expect(template.bind({ a: "'; --", b: 2 }).sql).toBe(template.sql)
  })

  it.each([
    ['a string', 'running'],
    ['a number', 1],
    ['null', null],
  ] as const)('refuses %s that is not bound', (_, value) => {
    expect(() =>
      statement()((db) =>
        db
          .selectFrom('durably_runs')
          .where('id', '=', value as string)
          .select('id'),
      ),
    ).toThrow('placeholders and sql.lit() only')
    expect(() => statement()(() => sql`SELECT ${value}`)).toThrow('placeholders and sql.lit() only')
  })

  it('writes constants into the text, where the planner sees them', () => {
    const template = statement()((db) =>
      db.selectFrom('durably_runs').select('id').where('status', '=', sql.lit('running')),
    )
    expect(template.sql).toContain(`= 'running'`)
  })

  it('knows whether it answers rows', () => {
    const select = statement()((db) => db.selectFrom('durably_runs').select('id'))
    const returning = statement<{ id: string }>()((db, $) =>
      db.deleteFrom('durably_runs').where('id', '=', $.id).returning('id'),
    )
    const write = statement<{ id: string }>()((db, $) => db.deleteFrom('durably_runs').where('id', '=', $.id))
    const insertFromSelect = statement<{ id: string }>()(
      (_, $) => sql<never>`INSERT INTO durably_labels SELECT 'a', 'b', ${$.id}`,
    )
    expect([select, returning, write, insertFromSelect].map((template) => template.returnsRows)).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(write.bind({ id: 'x' }).returnsRows).toBe(false)
  })
})
