import type { QueryResult, Statement } from '@durably/storage-kysely'
import { BatchError } from '@durably/storage-kysely'
import { SqliteDialect } from 'kysely'
import { PlainConnection } from './plain-driver.ts'

/** Mistakes that drivers make, each of which the suite has to notice. */
export const DRIVER_MUTANTS: Readonly<Record<string, new (file: string) => PlainConnection>> = {
  'commits each statement by itself': class extends PlainConnection {
    protected override begin(): void {}
    protected override commit(): void {}
  },
  'begins with a read': class extends PlainConnection {
    protected override begin(): void {
      this.database.exec('BEGIN')
    }
  },
  'commits what failed': class extends PlainConnection {
    protected override rollback(): void {
      if (this.database.inTransaction) this.database.exec('COMMIT')
    }
  },
  'leaves its transaction open after a failure': class extends PlainConnection {
    protected override rollback(): void {}
    protected override begin(): void {
      if (!this.database.inTransaction) super.begin()
    }
  },
  'leaves its transaction open when the commit is refused': class extends PlainConnection {
    #committing = false
    protected override commit(): void {
      this.#committing = true
      super.commit()
      this.#committing = false
    }
    protected override rollback(): void {
      if (!this.#committing) super.rollback()
      this.#committing = false
    }
  },
  'forgets the rows of writes': class extends PlainConnection {
    protected override execute(statement: Statement, resultsSoFar: readonly QueryResult[]): QueryResult {
      const result = super.execute(statement, resultsSoFar)
      return /^\s*insert/i.test(statement.sql) ? { rows: [] } : result
    }
  },
  'binds late values before their turn': class extends PlainConnection {
    protected override execute(statement: Statement): QueryResult {
      return super.execute(statement, [])
    }
  },
  'blames the wrong statement': class extends PlainConnection {
    protected override failure(error: unknown): unknown {
      return new BatchError(error, { statementIndex: 0, outcomeUnknown: false })
    }
  },
  'calls every failure unknown': class extends PlainConnection {
    protected override failure(error: unknown, statementIndex: number | null): unknown {
      return new BatchError(error, { statementIndex, outcomeUnknown: true })
    }
  },
  'rejects with the error of its library': class extends PlainConnection {
    protected override failure(error: unknown): unknown {
      return error
    }
  },
  'binds numbers as text': class extends PlainConnection {
    protected override execute(statement: Statement, resultsSoFar: readonly QueryResult[]): QueryResult {
      const values = (statement.late?.(resultsSoFar) ?? statement.parameters).map((value) =>
        typeof value === 'number' ? String(value) : value,
      )
      return super.execute({ sql: statement.sql, parameters: values, returnsRows: statement.returnsRows }, [])
    }
  },
  'lets an application into its transactions': class extends PlainConnection {
    override readonly dialect = new SqliteDialect({ database: this.database })
  },
  'waits inside the process': class extends PlainConnection {
    constructor(file: string) {
      super(file)
      this.database.pragma('busy_timeout = 50')
    }
  },
  'does without the write-ahead log': class extends PlainConnection {
    constructor(file: string) {
      super(file)
      this.database.pragma('journal_mode = DELETE')
    }
  },
  'works after close': class extends PlainConnection {
    override async close(): Promise<void> {}
  },
}
