import { type Dialect, Kysely, sql } from 'kysely'
import type { ReadRows } from './row-reader.ts'
import type { Strike } from './strike.ts'

/** The row of a file a record was made from. The key of every table: what is stored twice is there once. */
interface Origin {
  /** Fingerprint of the file's content. */
  readonly source: string
  readonly row: number
}

interface Tables {
  strikes: Origin & Strike
  records: Origin & { readonly data: string }
  rejected_rows: Origin & { readonly problem: string; readonly fields: string }
}

/** What the tables hold of one file. */
interface Summary {
  readonly table: ReadRows['table']
  readonly imported: number
  readonly rejected: number
}

/** The application's own tables. They lie in the same file as Durably's, and are read and written with the same library. */
export class ImportTables {
  readonly #db: Kysely<Tables>

  constructor(dialect: Dialect) {
    this.#db = new Kysely({ dialect })
  }

  async create(): Promise<void> {
    await sql`create table if not exists strikes (
      source text not null, row integer not null, date text not null, airport text not null, state text not null,
      aircraft text not null, operator text not null, phase text not null, time_of_day text not null,
      species text not null, wildlife_size text not null, damage text not null, cost_dollars integer not null,
      speed_knots integer, primary key (source, row)) strict, without rowid`.execute(this.#db)
    await sql`create table if not exists records (
      source text not null, row integer not null, data text not null, primary key (source, row))
      strict, without rowid`.execute(this.#db)
    await sql`create table if not exists rejected_rows (
      source text not null, row integer not null, problem text not null, fields text not null,
      primary key (source, row)) strict, without rowid`.execute(this.#db)
  }

  /**
   * Stores what became of some rows. A step's body may run again when its process died before its result was recorded, so rows
   * that are there already are left alone.
   */
  async save(source: string, rows: ReadRows): Promise<void> {
    const origin = ({ row }: { readonly row: number }): Origin => ({ source, row })
    if (rows.bad.length > 0) {
      const values = rows.bad.map((bad) => ({
        ...origin(bad),
        problem: bad.problem,
        fields: JSON.stringify(bad.fields),
      }))
      await this.#db
        .insertInto('rejected_rows')
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
    if (rows.good.length === 0) return
    if (rows.table === 'strikes') {
      const values = rows.good.map((good) => ({ ...origin(good), ...good.value }))
      await this.#db
        .insertInto('strikes')
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    } else {
      const values = rows.good.map((good) => ({ ...origin(good), data: JSON.stringify(good.value) }))
      await this.#db
        .insertInto('records')
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
  }

  /** Counts what is stored of a file. */
  async summarise(source: string, table: ReadRows['table']): Promise<Summary> {
    const count = async (of: keyof Tables) => {
      const { rows } = await this.#db
        .selectFrom(of)
        .where('source', '=', source)
        .select(({ fn }) => fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow()
      return rows
    }
    return { table, imported: await count(table), rejected: await count('rejected_rows') }
  }

  /** The first rows of a file that were rejected, and why. */
  async rejected(source: string, limit: number): Promise<readonly { row: number; problem: string }[]> {
    return this.#db
      .selectFrom('rejected_rows')
      .where('source', '=', source)
      .select(['row', 'problem'])
      .orderBy('row')
      .limit(limit)
      .execute()
  }

  async close(): Promise<void> {
    await this.#db.destroy()
  }
}
