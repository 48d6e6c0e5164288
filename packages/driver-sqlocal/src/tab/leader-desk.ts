import type { CancelTimer, Scheduler } from '@durably/core'
import { CallFailed, CallLost } from '../call-errors.ts'
import type { DatabaseCall } from '../worker/protocol.ts'
import type { Answer } from './tab-channel.ts'
import type { TabDatabase } from './tab-database.ts'

/** How long another tab may leave a transaction open without a word: meanwhile nobody else can use the database. */
const TRANSACTION_BUDGET_MS = 2000

const WRITES: ReadonlySet<DatabaseCall['do']> = new Set(['batch', 'execute', 'commit', 'import', 'delete'])

/** Where a leading tab carries out the calls of the others. */
export class LeaderDesk {
  readonly #database: TabDatabase
  readonly #scheduler: Scheduler
  /** The tab that has a transaction open. */
  #owner: string | null = null
  #cancelBudget: CancelTimer | null = null
  #closed = false

  constructor(database: TabDatabase, scheduler: Scheduler) {
    this.#database = database
    this.#scheduler = scheduler
  }

  /** Carries out a call, and puts into a letter what came of it. */
  async serve(id: number, call: DatabaseCall, from: string): Promise<Answer> {
    try {
      return { type: 'answer', id, answer: await this.#carryOut(call, from) }
    } catch (error) {
      if (error instanceof CallLost) return { type: 'lost', id }
      return { type: 'failure', id, failure: asFailed(error).toSent() }
    }
  }

  /** The tab is gone, and a transaction it left open with it. */
  forget(tab: string): void {
    if (tab !== this.#owner) return
    this.#release()
    void this.#database.call({ do: 'rollback' }).catch(() => {})
  }

  /** The database is another's from now on. */
  close(): void {
    this.#closed = true
    this.#release()
  }

  async #carryOut(call: DatabaseCall, from: string): Promise<unknown> {
    if (!continuesTransaction(call)) {
      const answer = await this.#database.call(call)
      if (call.do === 'begin') this.#own(from)
      return answer
    }
    if (this.#owner !== from) throw new Error('The transaction was open for too long, and was rolled back.')
    this.#release()
    try {
      return await this.#database.call(call)
    } finally {
      // A statement that failed leaves the transaction open, to be rolled back by its owner.
      if (call.do === 'execute') this.#own(from)
    }
  }

  #own(tab: string): void {
    if (this.#closed) return
    this.#owner = tab
    this.#cancelBudget = this.#scheduler.after(TRANSACTION_BUDGET_MS, () => this.forget(tab))
  }

  #release(): void {
    this.#owner = null
    this.#cancelBudget?.()
    this.#cancelBudget = null
  }
}

/** May there be something new in the database after this call? */
export function writes(call: DatabaseCall): boolean {
  return WRITES.has(call.do)
}

function continuesTransaction(call: DatabaseCall): boolean {
  return call.do === 'commit' || call.do === 'rollback' || (call.do === 'execute' && call.inTransaction)
}

function asFailed(error: unknown): CallFailed {
  if (error instanceof CallFailed) return error
  const message = error instanceof Error ? error.message : String(error)
  return new CallFailed({ message, resultCode: null, statementIndex: null })
}
