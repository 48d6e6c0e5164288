import { DurablyError } from '@durably/core'
import { BatchError, type QueryResult, type SqliteConnection, type Statement } from '@durably/storage-kysely'
import type { Dialect } from 'kysely'
import { applicationDialect } from './application-dialect.ts'
import { CallFailed, CallLost } from './call-errors.ts'
import { toRows } from './sent-rows.ts'
import type { Tab } from './tab/tab.ts'
import { TabSession } from './tab-session.ts'
import type {
  AnswerTo,
  DatabaseCall,
  SentBatch,
  SentResult,
  SentStatement,
  SentText,
} from './worker/protocol.ts'

/** Carries Durably's statements to the database, in this tab's worker or in another tab's. */
export class TabConnection implements SqliteConnection {
  readonly dialect: Dialect
  readonly #tab: Tab

  constructor(tab: Tab) {
    this.#tab = tab
    this.dialect = applicationDialect(() => new TabSession(tab))
  }

  async batch(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    if (statements.some(({ late }) => late !== undefined)) return this.#stepwise(statements)
    try {
      return (await this.#call({ do: 'batch', batch: toBatch(statements) })).map(received)
    } catch (error) {
      throw batchError(error, error instanceof CallFailed ? error.statementIndex : null)
    }
  }

  async query(statement: Statement): Promise<QueryResult> {
    try {
      return received(await this.#call({ do: 'query', statement: toSend(statement) }))
    } catch (error) {
      // A read that was lost can be asked again.
      if (error instanceof CallLost) throw new DurablyError('STORAGE_BUSY', error.message, { cause: error })
      throw error
    }
  }

  watch(listener: () => void): () => void {
    return this.#tab.peers.onWrite(listener)
  }

  close(): Promise<void> {
    return this.#tab.close()
  }

  /** Late values need the earlier results on this side, so the transaction takes a message a statement. */
  async #stepwise(statements: readonly Statement[]): Promise<readonly QueryResult[]> {
    const results: QueryResult[] = []
    let running: number | null = null
    let isOpen = false
    try {
      await this.#call({ do: 'begin' })
      isOpen = true
      for (running = 0; running < statements.length; running++) {
        const { sql, parameters, returnsRows, late } = statements[running] as Statement
        const statement = { sql, parameters: late === undefined ? parameters : late(results), returnsRows }
        results.push(received(await this.#call({ do: 'execute', statement, inTransaction: true })))
      }
      running = null
      isOpen = false
      await this.#call({ do: 'commit' })
      return results
    } catch (error) {
      // Never one that did not begin, or has ended: it could be the application's that is open by now.
      if (isOpen) await this.#call({ do: 'rollback' }).catch(() => {})
      throw batchError(error, running)
    }
  }

  #call<Call extends DatabaseCall>(call: Call): Promise<AnswerTo<Call>> {
    return this.#tab.call(call) as Promise<AnswerTo<Call>>
  }
}

function batchError(error: unknown, statementIndex: number | null): BatchError {
  return new BatchError(error, { statementIndex, outcomeUnknown: error instanceof CallLost })
}

function toSend({ sql, parameters, returnsRows }: Statement): SentStatement {
  return { sql, parameters, returnsRows }
}

function toBatch(statements: readonly Statement[]): SentBatch {
  const texts: SentText[] = []
  const positions = new Map<string, number>()
  const textOf = statements.map(({ sql, returnsRows }) => {
    const known = positions.get(sql)
    if (known !== undefined) return known
    positions.set(sql, texts.length)
    return texts.push({ sql, returnsRows }) - 1
  })
  return { texts, textOf, parameters: statements.map(({ parameters }) => parameters) }
}

function received(result: SentResult): QueryResult {
  return typeof result === 'number'
    ? { rows: [], changes: result }
    : { rows: toRows(result), changes: result.count }
}
