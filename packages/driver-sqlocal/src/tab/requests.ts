import type { Scheduler } from '@durably/core'
import { CallFailed, CallLost, nobodyLeads } from '../call-errors.ts'
import type { DatabaseCall } from '../worker/protocol.ts'
import type { Letter } from './tab-channel.ts'

/** How long a leader that is alive may take for one call. */
const ANSWER_BUDGET_MS = 30_000

interface Pending {
  resolve(answer: unknown): void
  reject(reason: unknown): void
  readonly cancelBudget: () => void
}

/** Calls of a following tab to the leader of one term. */
export class Requests {
  readonly leader: string
  readonly term: string
  readonly #scheduler: Scheduler
  readonly #send: (to: string, letter: Letter) => void
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(
    leader: { readonly tab: string; readonly term: string },
    scheduler: Scheduler,
    send: (to: string, letter: Letter) => void,
  ) {
    this.leader = leader.tab
    this.term = leader.term
    this.#scheduler = scheduler
    this.#send = send
  }

  /** @throws CallFailed, CallLost, or DurablyError `STORAGE_BUSY` when the leader is none any more */
  call(call: DatabaseCall): Promise<unknown> {
    this.#lastId++
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      const cancelBudget = this.#scheduler.after(ANSWER_BUDGET_MS, () => {
        this.#pending.delete(id)
        reject(new CallLost(`The leading tab did not answer for ${ANSWER_BUDGET_MS / 1000} s.`))
      })
      this.#pending.set(id, { resolve, reject, cancelBudget })
      this.#send(this.leader, { type: 'request', term: this.term, id, call })
    })
  }

  /** An answer, of whatever kind. */
  settle(letter: Exclude<Letter, { type: 'request' }>): void {
    const pending = this.#pending.get(letter.id)
    if (pending === undefined) return
    this.#pending.delete(letter.id)
    pending.cancelBudget()
    if (letter.type === 'answer') pending.resolve(letter.answer)
    else if (letter.type === 'failure') pending.reject(new CallFailed(letter.failure))
    else if (letter.type === 'refused') pending.reject(nobodyLeads())
    else pending.reject(new CallLost('The leading tab lost the database.'))
  }

  /** The leader is gone: what is open may have been carried out or not. */
  lose(): void {
    for (const { reject, cancelBudget } of this.#pending.values()) {
      cancelBudget()
      reject(new CallLost('The leading tab is gone.'))
    }
    this.#pending.clear()
  }
}
