/** Who stands for election. */
export interface Candidate {
  /** The lock is held from now on. */
  won(): void
  /** The lock was taken away. */
  deposed(): void
  /** The lock cannot be asked for. */
  refused(reason: unknown): void
}

interface Candidacy {
  readonly abort: AbortController
  /** Gives the lock back. */
  readonly release: () => void
  isHeld: boolean
}

/** One Web Lock: whoever holds it leads. The browser hands it on when a tab closes, crashes or lets go. */
export class Election {
  readonly #lockName: string
  readonly #candidate: Candidate
  #candidacy: Candidacy | null = null

  constructor(lockName: string, candidate: Candidate) {
    this.#lockName = lockName
    this.#candidate = candidate
  }

  /** Does it wait for the lock, or hold it? */
  get isStanding(): boolean {
    return this.#candidacy !== null
  }

  /** Joins the line of those who wait for the lock. Does nothing when waiting or holding already. */
  stand(): void {
    if (!this.isStanding) this.#request((signal) => ({ signal }))
  }

  /** Takes the lock away from whoever holds it. */
  steal(): void {
    this.withdraw()
    this.#request(() => ({ steal: true }))
  }

  /** Leaves the line, or gives the lock back. Takes effect although the page may be frozen a moment later. */
  withdraw(): void {
    const candidacy = this.#candidacy
    this.#candidacy = null
    candidacy?.release()
    candidacy?.abort.abort()
  }

  #request(optionsFor: (signal: AbortSignal) => LockOptions): void {
    const abort = new AbortController()
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const candidacy: Candidacy = { abort, release, isHeld: false }
    this.#candidacy = candidacy
    const hold = (): Promise<void> | void => {
      if (this.#candidacy !== candidacy) return
      candidacy.isHeld = true
      this.#candidate.won()
      return held
    }
    navigator.locks.request(this.#lockName, optionsFor(abort.signal), hold).catch((reason: unknown) => {
      // A candidacy of the past ends with an AbortError of our own making.
      if (this.#candidacy !== candidacy) return
      this.#candidacy = null
      if (candidacy.isHeld) this.#candidate.deposed()
      else this.#candidate.refused(reason)
    })
  }
}
