import { DurablyError, type Leader, type Resign, type Scheduler } from '@durably/core'
import { CallFailed, CallLost, nobodyLeads } from '../call-errors.ts'
import { type DatabaseCall, demotionChannel } from '../worker/protocol.ts'
import { Election } from './election.ts'
import { LeaderWatch } from './leader-watch.ts'
import { watchPage } from './page-lifecycle.ts'
import { Requests } from './requests.ts'
import { type Announcement, type Letter, TabChannel } from './tab-channel.ts'
import type { TabDatabase } from './tab-database.ts'

/** `standby`: neither holds the database nor knows who does, for the moment. */
export type TabRole = 'standby' | 'leading' | 'following' | 'stopped'

/** What a tab is made of. */
export interface TabOptions {
  /** Tabs with the same name share the database. */
  readonly databaseName: string
  readonly database: TabDatabase
  readonly scheduler: Scheduler
  readonly openTimeoutMs: number
}

interface Waiter {
  resolve(): void
  reject(reason: unknown): void
}

/** Between attempts to open a file that its last owner is just letting go of. */
const HELD_RETRY_MS = 50
/** Between candidacies when the database could not be opened. */
const CANDIDACY_RETRY_MS = 1000
/** How long a leader may execute nothing before a tab that would asks it to yield: it may be about to start. */
const YIELD_AFTER_MS = 1000
/** Calls that only make sense one after another, which a tab that dies in between would leave open for everybody. */
const OWNER_ONLY: ReadonlySet<DatabaseCall['do']> = new Set(['begin', 'commit', 'rollback'])
const WRITES: ReadonlySet<DatabaseCall['do']> = new Set(['batch', 'execute', 'import', 'delete'])

/** One of the tabs of a database: it leads and owns the database, or sends its calls to the tab that does. */
export class Tab {
  readonly id = crypto.randomUUID()
  readonly #options: TabOptions
  readonly #election: Election
  readonly #channel: TabChannel
  readonly #watch: LeaderWatch
  readonly #unwatchPage: () => void
  readonly #peers = new Set<string>()
  readonly #waiters = new Set<Waiter>()
  readonly #roleListeners = new Set<(role: TabRole) => void>()
  readonly #writeListeners = new Set<() => void>()
  readonly #relayListeners = new Set<(message: unknown, origin: string) => void>()
  #role: TabRole = 'standby'
  /** Changes with each leadership of this tab, won or lost. */
  #term = ''
  /** The engine, from `start` to `stop`. */
  #engine: Leader | null = null
  #requests: Requests | null = null
  /** From the moment the lock is won until the database is open. */
  #opening = false
  #paused = false

  constructor(options: TabOptions) {
    this.#options = options
    this.#election = new Election(`durably:${options.databaseName}`, {
      won: () => void this.#takeOver(),
      deposed: () => this.#lose('Another tab has taken the database over.'),
      refused: (reason) => this.#fail(reason),
    })
    this.#channel = new TabChannel(options.databaseName, this.id, {
      announced: (announcement, from) => this.#hear(announcement, from),
      received: (letter, from) => this.#receive(letter, from),
    })
    this.#watch = new LeaderWatch(options.scheduler, {
      ask: () => !this.#ownsLock() && this.#channel.announce({ type: 'hello' }),
      silent: () => this.#demote(),
    })
    this.#unwatchPage = watchPage({ pause: () => this.#pause(), resume: () => this.#resume() })
  }

  get role(): TabRole {
    return this.#role
  }

  /** Tabs that share the database, this one included. */
  get count(): number {
    return this.#peers.size + 1
  }

  onRole(listener: (role: TabRole) => void): () => void {
    this.#roleListeners.add(listener)
    return () => void this.#roleListeners.delete(listener)
  }

  /** Calls the listener when another tab has written. */
  onForeignWrite(listener: () => void): () => void {
    this.#writeListeners.add(listener)
    return () => void this.#writeListeners.delete(listener)
  }

  onRelay(listener: (message: unknown, origin: string) => void): () => void {
    this.#relayListeners.add(listener)
    return () => void this.#relayListeners.delete(listener)
  }

  announce(announcement: Announcement): void {
    this.#channel.announce(announcement)
  }

  /**
   * Resolves when there is a way to the database, one's own or through another tab.
   *
   * @throws DurablyError `STORAGE_BUSY` after the budget for opening, or why it cannot be opened here
   */
  join(): Promise<void> {
    if (this.#role === 'stopped') return Promise.reject(stopped())
    if (this.#role !== 'standby') return Promise.resolve()
    return new Promise((resolve, reject) => {
      const cancel = this.#options.scheduler.after(this.#options.openTimeoutMs, () =>
        settle(() => reject(nobodyLeads())),
      )
      const settle = (how: () => void) => {
        this.#waiters.delete(waiter)
        cancel()
        how()
      }
      const waiter: Waiter = {
        resolve: () => settle(resolve),
        reject: (reason) => settle(() => reject(reason)),
      }
      this.#waiters.add(waiter)
      this.#stand()
    })
  }

  /** @throws CallFailed, CallLost, DurablyError `STORAGE_BUSY` while nobody leads */
  async call(call: DatabaseCall): Promise<unknown> {
    if (this.#role === 'leading') return this.#options.database.call(call)
    if (this.#requests !== null) return this.#requests.call(call)
    throw this.#role === 'stopped' ? stopped() : nobodyLeads()
  }

  /** The engine of this tab executes runs whenever the tab leads. */
  campaign(engine: Leader): Resign {
    this.#engine = engine
    this.#watch.start(engine.staleThresholdMs)
    if (this.#role === 'leading') this.#begin()
    else this.#stand()
    return () => {
      if (this.#engine !== engine) return
      this.#engine = null
      this.#watch.stop()
      if (this.#role === 'leading') this.#announceLeading()
    }
  }

  /** Lets go of the database, and is gone for the other tabs. */
  async close(): Promise<void> {
    if (this.#role === 'stopped') return
    const { database } = this.#options
    const wasLeading = this.#role === 'leading'
    this.#setRole('stopped')
    this.#watch.stop()
    this.#unwatchPage()
    this.#requests?.lose()
    if (wasLeading) await database.close()
    else database.abandon('The storage was closed.')
    this.#election.withdraw()
    this.#channel.announce({ type: 'bye' })
    this.#channel.close()
    for (const waiter of this.#waiters) waiter.reject(stopped())
  }

  #stand(): void {
    if (this.#paused || this.#role === 'stopped') return
    this.#election.stand()
    this.#channel.announce({ type: 'hello' })
  }

  async #takeOver(): Promise<void> {
    this.#unfollow()
    this.#opening = true
    const term = crypto.randomUUID()
    this.#term = term
    const isCurrent = () => this.#term === term && this.#role !== 'stopped'
    try {
      await this.#open(isCurrent)
    } catch (error) {
      if (!isCurrent()) return
      this.#election.withdraw()
      return this.#fail(error)
    } finally {
      if (this.#term === term) this.#opening = false
    }
    if (!isCurrent()) return
    this.#setRole('leading')
    this.#announceLeading()
    if (this.#engine !== null) this.#begin()
    for (const waiter of this.#waiters) waiter.resolve()
  }

  /** Opens the database; its last owner may take a moment to let go of it. */
  async #open(isCurrent: () => boolean): Promise<void> {
    const { database, scheduler, openTimeoutMs } = this.#options
    const giveUpAt = performance.now() + openTimeoutMs
    for (;;) {
      try {
        return await database.open(this.id, (reason) => this.#lose(reason.message))
      } catch (error) {
        if (!isCurrent() || !(error instanceof CallFailed && error.held)) throw error
        if (performance.now() > giveUpAt) throw fileHeld(error)
        await new Promise<void>((resume) => scheduler.after(HELD_RETRY_MS, resume))
      }
    }
  }

  #begin(): void {
    this.#announceLeading()
    // Whoever led before has lost the file, and with it everything it executed.
    this.#engine?.begin(true)
  }

  /** The database is gone for this tab; it stands for election again unless it is paused. */
  #lose(reason: string): void {
    const wasLeading = this.#role === 'leading'
    this.#term = ''
    this.#opening = false
    this.#options.database.abandon(reason)
    this.#election.withdraw()
    if (wasLeading) {
      this.#setRole('standby')
      this.#engine?.end()
    }
    this.#stand()
  }

  /** Gives the database to a tab that executes runs. */
  async #handOver(): Promise<void> {
    this.#setRole('standby')
    this.#term = ''
    await this.#options.database.close()
    this.#election.withdraw()
    this.#stand()
  }

  #fail(reason: unknown): void {
    this.#opening = false
    this.#options.database.abandon('The database could not be opened.')
    for (const waiter of this.#waiters) waiter.reject(reason)
    if (this.#engine !== null)
      this.#options.scheduler.after(CANDIDACY_RETRY_MS, () => this.#engine && this.#stand())
  }

  #follow(tab: string, term: string, executes: boolean): void {
    this.#watch.heard()
    if (this.#ownsLock() || this.#paused || this.#role === 'stopped') return
    if (this.#requests?.term !== term) {
      this.#requests?.lose()
      const send = (to: string, letter: Letter) => this.#channel.send(to, letter)
      this.#requests = new Requests({ tab, term }, this.#options.scheduler, send)
    }
    this.#setRole('following')
    for (const waiter of this.#waiters) waiter.resolve()
    if (!executes && this.#engine !== null) this.#askToYield(term)
  }

  #unfollow(): void {
    this.#requests?.lose()
    this.#requests = null
    if (this.#role === 'following') this.#setRole('standby')
  }

  #askToYield(term: string): void {
    this.#options.scheduler.after(YIELD_AFTER_MS, () => {
      if (this.#engine !== null && this.#requests?.term === term)
        this.#channel.announce({ type: 'yield', term })
    })
  }

  /** The leader is silent: its worker still hears, and lets go of the file. */
  #demote(): void {
    if (this.#ownsLock() || this.#paused || this.#role === 'stopped') return
    const channel = demotionChannel(this.#options.databaseName)
    channel.postMessage({ by: this.id })
    channel.close()
    this.#channel.announce({ type: 'demoting' })
    this.#election.steal()
  }

  #pause(): void {
    if (this.#paused || this.#role === 'stopped') return
    this.#paused = true
    this.#unfollow()
    this.#lose('The page was frozen or left.')
    this.#channel.announce({ type: 'bye' })
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#watch.heard()
    this.#stand()
  }

  #hear(announcement: Announcement, from: string): void {
    if (announcement.type === 'bye') {
      this.#peers.delete(from)
      if (this.#requests?.leader === from) this.#unfollow()
      return
    }
    this.#peers.add(from)
    switch (announcement.type) {
      case 'hello':
        if (this.#paused) return
        if (this.#role === 'leading') return this.#announceLeading()
        return this.#channel.announce({ type: 'here' })
      case 'leading':
        return this.#follow(from, announcement.term, announcement.executes)
      case 'yield':
        if (announcement.term === this.#term && this.#role === 'leading' && this.#engine === null)
          void this.#handOver()
        return
      case 'demoting':
        return this.#watch.heard()
      case 'written':
        return this.#tellOfWrite()
      case 'relay':
        for (const listener of this.#relayListeners) listener(announcement.message, from)
    }
  }

  #receive(letter: Letter, from: string): void {
    if (letter.type === 'request') void this.#serve(letter, from)
    else this.#requests?.settle(letter)
  }

  async #serve({ id, term, call }: Extract<Letter, { type: 'request' }>, from: string): Promise<void> {
    if (this.#role !== 'leading' || term !== this.#term)
      return this.#channel.send(from, { type: 'refused', id })
    try {
      if (OWNER_ONLY.has(call.do)) throw new Error(`"${call.do}" is for the leading tab only.`)
      const answer = await this.#options.database.call(call)
      this.#channel.send(from, { type: 'answer', id, answer })
      if (WRITES.has(call.do)) this.#tellOfWrite()
    } catch (error) {
      if (error instanceof CallLost) return this.#channel.send(from, { type: 'lost', id })
      const failed =
        error instanceof CallFailed
          ? error
          : new CallFailed({ message: String(error), resultCode: null, statementIndex: null })
      this.#channel.send(from, { type: 'failure', id, failure: failed.toSent() })
    }
  }

  #tellOfWrite(): void {
    for (const listener of this.#writeListeners) listener()
  }

  #announceLeading(): void {
    this.#channel.announce({ type: 'leading', term: this.#term, executes: this.#engine !== null })
  }

  #ownsLock(): boolean {
    return this.#role === 'leading' || this.#opening
  }

  #setRole(role: TabRole): void {
    if (this.#role === role) return
    this.#role = role
    for (const listener of this.#roleListeners) listener(role)
  }
}

function stopped(): DurablyError {
  return new DurablyError('STOPPED', 'The storage was closed. Create a new one to go on.')
}

function fileHeld(cause: unknown): DurablyError {
  return new DurablyError(
    'STORAGE_BUSY',
    'The database file is held by another context that does not let go of it: a tab with another version of the application, or a stopped process. Close the other tabs of this site.',
    { cause },
  )
}
