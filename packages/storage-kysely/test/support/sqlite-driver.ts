import Database from 'better-sqlite3'
import { SqliteDialect } from 'kysely'
import { BatchError, type QueryResult, type SqliteDriver, type Statement } from '../../src/driver.ts'

export interface TestDriverOptions {
  /** Default: a database in memory. */
  readonly path?: string
  readonly synchronous?: 'FULL' | 'NORMAL'
  /** Default: true. */
  readonly countsChanges?: boolean
}

/** The smallest driver that keeps the contract, so that the storage is tested without any of the published ones. */
export function sqliteDriver({
  path = ':memory:',
  synchronous = 'FULL',
  countsChanges = true,
}: TestDriverOptions = {}): SqliteDriver {
  return {
    name: 'test driver',
    capabilities: {
      persistent: path !== ':memory:',
      shared: path !== ':memory:',
      exclusive: false,
      outcomeMayBeUnknown: false,
      countsChanges,
    },
    async open() {
      const database = new Database(path, { timeout: 0 })
      database.pragma('journal_mode = WAL')
      database.pragma(`synchronous = ${synchronous}`)
      database.pragma('temp_store = memory')
      const prepared = new Map<string, Database.Statement<unknown[]>>()
      const execute = ({ sql, returnsRows }: Statement, values: Statement['parameters']): QueryResult => {
        let statement = prepared.get(sql)
        if (statement === undefined) {
          statement = database.prepare<unknown[]>(sql)
          prepared.set(sql, statement)
        }
        if (returnsRows) return { rows: statement.all(values) as QueryResult['rows'] }
        const { changes } = statement.run(values)
        return countsChanges ? { rows: [], changes } : { rows: [] }
      }
      const begin = database.prepare('BEGIN IMMEDIATE')
      const commit = database.prepare('COMMIT')
      return {
        dialect: new SqliteDialect({ database }),
        async batch(statements) {
          const results: QueryResult[] = []
          let running: number | null = null
          try {
            begin.run()
            for (running = 0; running < statements.length; running++) {
              const statement = statements[running] as Statement
              results.push(execute(statement, statement.late?.(results) ?? statement.parameters))
            }
            running = null
            commit.run()
          } catch (error) {
            if (database.inTransaction) database.exec('ROLLBACK')
            throw new BatchError(error, { statementIndex: running, outcomeUnknown: false })
          }
          return results
        },
        query: async (statement) => execute(statement, statement.parameters),
        async close() {
          database.close()
        },
      }
    },
  }
}
