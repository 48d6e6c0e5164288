import { type Announcement, type Answer, PROTOCOL, type Request, TabChannel } from '../src/tab/tab-channel.ts'

/** A tab as far as others can tell: it says what the test wants said, and keeps what it was asked. */
export class OtherTab {
  readonly #id: string
  readonly #channel: TabChannel
  /** Said when somebody asks who is there. */
  #presence: Announcement = { type: 'here' }
  readonly requests: { readonly from: string; readonly request: Request }[] = []

  constructor(databasePath: string, id: string) {
    this.#id = id
    this.#channel = new TabChannel(databasePath, id, {
      announced: ({ type }) => type === 'hello' && this.#channel.announce(this.#presence),
      received: (letter, from) => letter.type === 'request' && this.requests.push({ from, request: letter }),
    })
    this.#channel.announce(this.#presence)
  }

  /** Says that it leads, now and whenever it is asked. */
  lead({ protocol = PROTOCOL } = {}): void {
    this.#presence = { type: 'leading', protocol, term: `term of ${this.#id}`, executes: true }
    this.#channel.announce(this.#presence)
  }

  /** Says nothing of its own accord any more, as a page that hangs. */
  hang(): void {
    this.#presence = { type: 'here' }
  }

  answer(to: string, answer: Answer): void {
    this.#channel.send(to, answer)
  }

  /** Neither says nor hears anything any more, without a goodbye. */
  crash(): void {
    this.#channel.close()
  }
}

/** Holds the lock of a database, as a tab does that leads, until the returned function is called. */
export async function holdLock(databasePath: string): Promise<() => void> {
  const released = Promise.withResolvers<void>()
  await new Promise<void>((held) => {
    void navigator.locks.request(`durably:${databasePath}`, () => {
      held()
      return released.promise
    })
  })
  return released.resolve
}
