import type { QueryResult, Row, SqliteConnection, SqliteDriver, Statement } from '@durably/storage-kysely'
import { BatchError } from '@durably/storage-kysely'
import Database from 'better-sqlite3'
import { SqliteDialect } from 'kysely'

/** The shortest driver that is correct: what the suite is shown to accept, and what the broken ones are made from. */
export function plainDriver(file: string): SqliteDriver {
  return {
    name: 'plain',
    capabilities: { persistent: true, shared: true, exclusive: false, outcomeMayBeUnknown: false },
    open: async () => new PlainConnection(file),
  }
}

function openDatabase(file: string): Database.Database {
  const database = new Database(file, { timeout: 5 })
  database.pragma('journal_mode = WAL')
  database.pragma('temp_store = MEMORY')
  return database
}

/** A connection with one seam for each mistake a driver can make. */
export class PlainConnection implements SqliteConnection {
  readonly dialect: SqliteDialect
  protected readonly database: Database.Database

  constructor(file: string) {
    this.database = openDatabase(file)
    this.dialect = new SqliteDialect({ database: async () => openDatabase(file) })
  }

  async batch(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    const results: QueryResult[] = []
    let statementIndex: number | null = null
    try {
      this.begin()
      for (const statement of statements) {
        statementIndex = results.length
        results.push(this.execute(statement, results))
      }
      statementIndex = null
      this.commit()
    } catch (error) {
      this.rollback()
      throw this.failure(error, statementIndex)
    }
    return results
  }

  async query(statement: Statement): Promise<QueryResult> {
    return this.execute(statement, [])
  }

  async close(): Promise<void> {
    this.database.close()
  }

  protected begin(): void {
    this.database.exec('BEGIN IMMEDIATE')
  }

  protected commit(): void {
    this.database.exec('COMMIT')
  }

  protected rollback(): void {
    if (this.database.inTransaction) this.database.exec('ROLLBACK')
  }

  protected execute(
    { sql, parameters, late, returnsRows }: Statement,
    resultsSoFar: readonly QueryResult[],
  ): QueryResult {
    const values = late ? late(resultsSoFar) : parameters
    const prepared = this.database.prepare(sql)
    if (returnsRows) return { rows: prepared.all(...values) as Row[] }
    prepared.run(...values)
    return { rows: [] }
  }

  protected failure(error: unknown, statementIndex: number | null): unknown {
    return new BatchError(error, { statementIndex, outcomeUnknown: false })
  }
}
