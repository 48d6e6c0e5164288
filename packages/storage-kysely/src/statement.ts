import type { Compilable, RawBuilder } from 'kysely'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { QueryResult, SqlValue, Statement } from './driver.ts'
import type { Database } from './schema.ts'

/** A statement compiled once: its text never changes, only what is bound. */
export interface StatementTemplate<Values, Row> {
  readonly sql: string
  readonly returnsRows: boolean
  /** The statement with these values. */
  bind(values: Values): Statement
  /** The rows of its result, typed as the query was. */
  rows(result: QueryResult): readonly Row[]
}

/** A query under construction: a Kysely builder, or raw SQL. */
type Query<Row> = Compilable<Row> | RawBuilder<Row>

/**
 * Compiles a Kysely query into a template.
 *
 * `$.name` stands for a value bound at each call, and is typed as that value. Constants are written `sql.lit(…)`: the planner has
 * to see them to use a partial index. Any other value in the query throws here, when the module is loaded, so no value of a user
 * can ever be part of SQL text.
 *
 * @example
 * const runById = statement<{ id: string }>()((db, $) => db.selectFrom('durably_runs').selectAll().where('id', '=', $.id))
 * const { rows } = await connection.query(runById.bind({ id }))
 */
export function statement<Values extends Readonly<Record<string, SqlValue>>>() {
  return <Row>(build: (db: Kysely<Database>, $: Values) => Query<Row>): StatementTemplate<Values, Row> => {
    const query = build(templates, placeholders as Values)
    const { sql, parameters } = query.compile(templates)
    const names = parameters.map((parameter) => (parameter as Placeholder).name)
    const returnsRows = /^\s*select\b|\breturning\b/i.test(sql)
    return {
      sql,
      returnsRows,
      bind(values) {
        const bound = new Array<SqlValue>(names.length)
        for (let i = 0; i < names.length; i++)
          bound[i] = (values as Record<string, SqlValue>)[names[i] as string] as SqlValue
        return { sql, parameters: bound, returnsRows }
      },
      rows: (result) => result.rows as readonly Row[],
    }
  }
}

/** Where a value will be bound. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Any property read from here is the placeholder of that name. */
const placeholders: unknown = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) })

class TemplateCompiler extends SqliteQueryCompiler {
  /**
   * Writes `+?` where Kysely writes `?`. SQLite compiles a prepared statement again when a bound value might lead to another plan
   * (a LIMIT, or an indexed column in builds with STAT4), which costs more than the statement itself. The unary plus changes no
   * value and takes no index away; it only hides the parameter from the planner.
   */
  protected override appendValue(value: unknown): void {
    if (!(value instanceof Placeholder)) {
      throw new TypeError(
        `A template contains placeholders and sql.lit() only, not the value ${String(value)}.`,
      )
    }
    this.append('+')
    super.appendValue(value)
  }
}

const templates = new Kysely<Database>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new TemplateCompiler(),
  },
})
