import {
  BatchError,
  type QueryResult,
  type Row,
  type SqliteConnection,
  type Statement,
} from '@durably/storage-kysely'
import type { Client, InStatement, ResultSet, Transaction } from '@libsql/client'
import type { Dialect } from 'kysely'
import { withBytes, withNumbers } from './bytes.ts'
import { FORWARD_TO_PRIMARY } from './forward-to-primary.ts'
import { explained, failedStatement, isRefusal } from './remote-failure.ts'

/** What a connection is made of. */
export interface RemoteParts {
  readonly client: Client
  readonly dialect: Dialect
  /** Shown in messages. */
  readonly server: string
  readonly close: () => void
}

/** A connection through `@libsql/client`: one round trip a batch. */
export class RemoteConnection implements SqliteConnection {
  readonly dialect: Dialect
  readonly #parts: RemoteParts

  constructor(parts: RemoteParts) {
    this.#parts = parts
    this.dialect = parts.dialect
  }

  async batch(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    if (statements.some(({ late }) => late !== undefined)) return this.#interactive(statements)
    try {
      const results = await this.#parts.client.batch(statements.map(toSend), 'write')
      return results.map(received)
    } catch (error) {
      throw this.#batchError(error, failedStatement(error))
    }
  }

  async query(statement: Statement): Promise<QueryResult> {
    try {
      const [, result] = await this.#parts.client.batch([FORWARD_TO_PRIMARY, toSend(statement)], 'deferred')
      return result === undefined ? { rows: [] } : received(result)
    } catch (error) {
      throw explained(this.#parts.server, error)
    }
  }

  async close(): Promise<void> {
    this.#parts.close()
  }

  /** Late values need the earlier results here, so the transaction stays open for a round trip per late statement. */
  async #interactive(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    const results: QueryResult[] = []
    let transaction: Transaction | undefined
    try {
      transaction = await this.#parts.client.transaction('write')
      while (results.length < statements.length) {
        const group = nextGroup(statements, results)
        results.push(...(await transaction.batch(group)).map(received))
      }
    } catch (error) {
      transaction?.close()
      const index = failedStatement(error)
      throw this.#batchError(error, index === null ? null : results.length + index)
    }
    try {
      await transaction.commit()
      return results
    } catch (error) {
      throw this.#batchError(error, null)
    }
  }

  #batchError(error: unknown, statementIndex: number | null): BatchError {
    return new BatchError(explained(this.#parts.server, error), {
      statementIndex,
      outcomeUnknown: !isRefusal(error),
    })
  }
}

/** The next statement, and those after it whose values are known already. */
function nextGroup(statements: readonly Statement[], results: readonly QueryResult[]): InStatement[] {
  const [first, ...rest] = statements.slice(results.length)
  if (first === undefined) return []
  const known = rest.findIndex(({ late }) => late !== undefined)
  const parameters = first.late === undefined ? first.parameters : first.late(results)
  return [toSend({ ...first, parameters }), ...rest.slice(0, known === -1 ? rest.length : known).map(toSend)]
}

function toSend({ sql, parameters }: Statement): { sql: string; args: Statement['parameters'][number][] } {
  return { sql, args: [...parameters] }
}

function received({ rows }: ResultSet): QueryResult {
  // The client's rows carry each value a second time, under hidden numbers.
  return { rows: rows.map((row) => withNumbers(withBytes({ ...row })) as Row) }
}
