import type { DatabaseCall, SentFailure } from '../worker/protocol.ts'

/**
 * Counts how letters and calls have changed. Tabs of one page may run different versions after a deployment; those that would
 * misunderstand each other do not talk. `leading` itself stays as it is.
 */
export const PROTOCOL = 1

/** The sender leads. A term is one leadership; `executes`: it also executes runs. */
export interface Leading {
  readonly type: 'leading'
  readonly protocol: number
  readonly term: string
  readonly executes: boolean
}

/** Said to all tabs of a database. */
export type Announcement =
  /** Somebody came, and asks who is there and who leads. Also asked now and then, to see whether the leader still answers. */
  | { readonly type: 'hello' }
  | { readonly type: 'here' }
  | { readonly type: 'bye' }
  | Leading
  /** To a leader that executes nothing, from a tab that would. */
  | { readonly type: 'yield'; readonly term: string }
  /** The leader did not answer for too long; the sender takes over. */
  | { readonly type: 'demoting' }
  /** The sender has written without the leader's help. */
  | { readonly type: 'written' }
  /** Of the engine, to other engines. */
  | { readonly type: 'relay'; readonly message: unknown }

/** A call for the leader of a term. */
export interface Request {
  readonly type: 'request'
  readonly term: string
  readonly id: number
  readonly call: DatabaseCall
}

/** What came of a request. */
export type Answer =
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly failure: SentFailure }
  /** The addressee does not lead that term any more; nothing was done. */
  | { readonly type: 'refused'; readonly id: number }
  /** The addressee lost the database while the call was under way. */
  | { readonly type: 'lost'; readonly id: number }

/** Said to one tab. */
export type Letter = Request | Answer

interface Sent<Content> {
  readonly from: string
  readonly content: Content
}

/** What a tab does with what it is told. */
export interface ChannelListener {
  announced(announcement: Announcement, from: string): void
  received(letter: Letter, from: string): void
}

/**
 * How tabs talk: one channel for all, and one for each tab, so that an answer of a megabyte is copied into one tab and not into
 * twenty.
 */
export class TabChannel {
  readonly #prefix: string
  readonly #self: string
  readonly #listener: ChannelListener
  /** Null while closed. */
  #everybody: BroadcastChannel | null = null
  #inbox: BroadcastChannel | null = null
  readonly #outboxes = new Map<string, BroadcastChannel>()

  constructor(databaseName: string, self: string, listener: ChannelListener) {
    this.#prefix = `durably:${databaseName}`
    this.#self = self
    this.#listener = listener
    this.open()
  }

  /** Listens, again after `close`. */
  open(): void {
    if (this.#everybody !== null) return
    this.#everybody = new BroadcastChannel(this.#prefix)
    this.#inbox = new BroadcastChannel(this.#addressOf(this.#self))
    this.#everybody.onmessage = ({ data }: MessageEvent<Sent<Announcement>>) => {
      if (data.content.type === 'bye') this.#forget(data.from)
      this.#listener.announced(data.content, data.from)
    }
    this.#inbox.onmessage = ({ data }: MessageEvent<Sent<Letter>>) =>
      this.#listener.received(data.content, data.from)
  }

  announce(content: Announcement): void {
    this.#everybody?.postMessage({ from: this.#self, content } satisfies Sent<Announcement>)
  }

  send(to: string, content: Letter): void {
    if (this.#everybody === null) return
    let outbox = this.#outboxes.get(to)
    if (outbox === undefined) {
      outbox = new BroadcastChannel(this.#addressOf(to))
      this.#outboxes.set(to, outbox)
    }
    outbox.postMessage({ from: this.#self, content } satisfies Sent<Letter>)
  }

  /** Says and hears nothing any more. What was said before still arrives. */
  close(): void {
    for (const channel of [this.#everybody, this.#inbox, ...this.#outboxes.values()]) channel?.close()
    this.#everybody = null
    this.#inbox = null
    this.#outboxes.clear()
  }

  #forget(tab: string): void {
    this.#outboxes.get(tab)?.close()
    this.#outboxes.delete(tab)
  }

  #addressOf(tab: string): string {
    return `${this.#prefix} tab ${tab}`
  }
}
