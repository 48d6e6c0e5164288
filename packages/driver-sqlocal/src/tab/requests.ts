import type { Scheduler } from '@durably/core'
import { CallFailed, CallLost, nobodyLeads } from '../call-errors.ts'
import type { DatabaseCall } from '../worker/protocol.ts'
import type { Peers } from './peers.ts'
import type { Answer } from './tab-channel.ts'

/** How long a leader that is alive may take for one call. */
const ANSWER_BUDGET_MS = 30_000
/** How long a leader may execute nothing before a tab that would asks it to yield: it may be about to start. */
const YIELD_AFTER_MS = 1000

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
  readonly #peers: Peers
  readonly #pending = new Map<number, Pending>()
  #lost = false

  constructor(leader: { readonly tab: string; readonly term: string }, scheduler: Scheduler, peers: Peers) {
    this.leader = leader.tab
    this.term = leader.term
    this.#scheduler = scheduler
    this.#peers = peers
  }

  /** @throws CallFailed, CallLost, or DurablyError `STORAGE_BUSY` when the leader is none any more */
  call(call: DatabaseCall): Promise<unknown> {
    const id = this.#peers.nextRequestId()
    return new Promise((resolve, reject) => {
      const cancelBudget = this.#scheduler.after(ANSWER_BUDGET_MS, () => {
        this.#pending.delete(id)
        reject(new CallLost(`The leading tab did not answer for ${ANSWER_BUDGET_MS / 1000} s.`))
      })
      this.#pending.set(id, { resolve, reject, cancelBudget })
      this.#peers.send(this.leader, { type: 'request', term: this.term, id, call })
    })
  }

  /** Asks a leader that executes nothing to make room, as long as this tab would execute. One that executes by then stays. */
  askToYield(wouldExecute: () => boolean): void {
    this.#scheduler.after(YIELD_AFTER_MS, () => {
      if (this.#lost) return
      if (wouldExecute()) this.#peers.announce({ type: 'yield', term: this.term })
      this.askToYield(wouldExecute)
    })
  }

  /** An answer, of whatever kind. */
  settle(letter: Answer): void {
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
    this.#lost = true
    for (const { reject, cancelBudget } of this.#pending.values()) {
      cancelBudget()
      reject(new CallLost('The leading tab is gone.'))
    }
    this.#pending.clear()
  }
}
