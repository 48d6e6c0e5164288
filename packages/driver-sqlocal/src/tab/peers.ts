import { newId } from '../new-id.ts'
import { writes } from './leader-desk.ts'
import { Listeners } from './listeners.ts'
import {
  type Announcement,
  type Answer,
  type Leading,
  type Letter,
  type Request,
  TabChannel,
} from './tab-channel.ts'

/** What the other tabs want of this one. */
export interface PeersListener {
  /** A tab wants to know who leads. Answers whether this one does, and has said so. */
  asked(): boolean
  /** A tab leads. */
  leads(tab: string, leading: Leading): void
  /** A tab that would execute runs asks the leader of a term to make room. */
  askedToYield(term: string): void
  /** A tab is about to replace a leader that was silent. */
  demotes(): void
  left(tab: string): void
  requested(request: Request, from: string): Promise<Answer>
  answered(answer: Answer): void
}

/** The other tabs of a database: who is there, and what is said. */
export class Peers {
  /** This tab among the others. */
  readonly id = newId()
  readonly #listener: PeersListener
  readonly #channel: TabChannel
  /** Each with the last roll call at which it was there: a tab that crashed says no goodbye. */
  readonly #others = new Map<string, number>()
  #rollCalls = 0
  #lastRequestId = 0
  readonly #wrote = new Listeners<[]>()
  readonly #relayed = new Listeners<[message: unknown, origin: string]>()

  constructor(databaseName: string, listener: PeersListener) {
    this.#listener = listener
    this.#channel = new TabChannel(databaseName, this.id, {
      announced: (announcement, from) => this.#hear(announcement, from),
      received: (letter, from) => {
        if (letter.type === 'request') void this.#answer(letter, from)
        else listener.answered(letter)
      },
    })
  }

  /** Tabs that share the database and answer, this one included. */
  get count(): number {
    return 1 + [...this.#others.values()].filter((heardAt) => heardAt >= this.#rollCalls - 1).length
  }

  /** May anybody listen? A tab that hangs hears later what is said now, and so counts here for longer. */
  get hasAudience(): boolean {
    return this.#others.size > 0
  }

  /** Calls the listener when another tab has written. */
  onWrite(listener: () => void): () => void {
    return this.#wrote.add(listener)
  }

  /** Calls the listener with what the engines of other tabs relay. */
  onRelay(listener: (message: unknown, origin: string) => void): () => void {
    return this.#relayed.add(listener)
  }

  /** Asks who is there. */
  rollCall(): void {
    this.#rollCalls++
    this.announce({ type: 'hello' })
  }

  /** Numbers requests across leaders: a late answer of one belongs to no request to another. */
  nextRequestId(): number {
    this.#lastRequestId++
    return this.#lastRequestId
  }

  announce(announcement: Announcement): void {
    this.#channel.announce(announcement)
  }

  send(to: string, letter: Letter): void {
    this.#channel.send(to, letter)
  }

  /** Says goodbye, and nothing more until `comeBack`: a page in the back-forward cache is thrown away when it is sent something. */
  leave(): void {
    this.#channel.announce({ type: 'bye' })
    this.#channel.close()
    this.#others.clear()
  }

  comeBack(): void {
    this.#channel.open()
  }

  #hear(announcement: Announcement, from: string): void {
    if (announcement.type === 'bye') {
      this.#others.delete(from)
      this.#listener.left(from)
      return
    }
    this.#others.set(from, this.#rollCalls)
    switch (announcement.type) {
      case 'hello':
        if (!this.#listener.asked()) this.announce({ type: 'here' })
        return
      case 'leading':
        this.#listener.leads(from, announcement)
        return
      case 'yield':
        this.#listener.askedToYield(announcement.term)
        return
      case 'demoting':
        this.#listener.demotes()
        return
      case 'written':
        this.#wrote.tell()
        return
      case 'relay':
        this.#relayed.tell(announcement.message, from)
    }
  }

  async #answer(request: Request, from: string): Promise<void> {
    const answer = await this.#listener.requested(request, from)
    this.send(from, answer)
    if (answer.type === 'answer' && writes(request.call)) this.#wrote.tell()
  }
}
