import { DurablyError } from '@durably/core'
import type { ApplicationResult, ApplicationSession } from './application-dialect.ts'
import { toRows } from './sent-rows.ts'
import type { Tab } from './tab/tab.ts'
import type { AnswerTo, DatabaseCall, SentValue } from './worker/protocol.ts'

/**
 * The application's statements in a tab. One that follows sends each to the leader; a transaction is refused there, since
 * the application may keep it open for as long as it likes, for everybody.
 */
export class TabSession implements ApplicationSession {
  readonly #tab: Tab
  /** The leadership in which a transaction was begun: it ends with it. */
  #term: string | null = null

  constructor(tab: Tab) {
    this.#tab = tab
  }

  async begin(): Promise<void> {
    if (this.#tab.role !== 'leading') {
      throw new DurablyError(
        'CONFLICT',
        'A transaction can be opened only in the tab that leads. Use single statements here, or do the work in a step of a job.',
      )
    }
    const { term } = this.#tab
    await this.#call({ do: 'begin' })
    this.#term = term
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const isLost = this.#isLost
    this.#term = null
    if (!isLost) await this.#call({ do: how })
    else if (how === 'commit') throw transactionLost()
  }

  async execute(sql: string, parameters: readonly unknown[]): Promise<ApplicationResult> {
    if (this.#isLost) throw transactionLost()
    await this.#tab.join()
    const statement = { sql, parameters: parameters as readonly SentValue[], returnsRows: true }
    const result = await this.#call({ do: 'execute', statement, inTransaction: this.#term !== null })
    return typeof result === 'number'
      ? { rows: [], changes: result }
      : { rows: toRows(result), changes: result.count }
  }

  get #isLost(): boolean {
    return this.#term !== null && this.#term !== this.#tab.term
  }

  #call<Call extends DatabaseCall>(call: Call): Promise<AnswerTo<Call>> {
    return this.#tab.call(call) as Promise<AnswerTo<Call>>
  }
}

function transactionLost(): DurablyError {
  return new DurablyError('CONFLICT', 'The tab stopped leading meanwhile: the transaction was rolled back.')
}
