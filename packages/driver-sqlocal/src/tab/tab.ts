import { DurablyError, type Leader, type Resign, type Scheduler } from '@durably/core'
import { nobodyLeads } from '../call-errors.ts'
import { newId } from '../new-id.ts'
import { type DatabaseCall, demotionChannel } from '../worker/protocol.ts'
import { Arrivals } from './arrivals.ts'
import { Election } from './election.ts'
import { writes } from './leader-desk.ts'
import { LeaderWatch } from './leader-watch.ts'
import { Leadership } from './leadership.ts'
import { Listeners } from './listeners.ts'
import { watchPage } from './page-lifecycle.ts'
import { Requests } from './requests.ts'
import { type Announcement, type Letter, PROTOCOL, TabChannel } from './tab-channel.ts'
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

/** Between candidacies when the database could not be opened. */
const CANDIDACY_RETRY_MS = 1000
/** How long a leader may execute nothing before a tab that would asks it to yield: it may be about to start. */
const YIELD_AFTER_MS = 1000

/** One of the tabs of a database: it leads and owns the database, or sends its calls to the tab that does. */
export class Tab {
  readonly id = newId()
  readonly #options: TabOptions
  readonly #election: Election
  readonly #channel: TabChannel
  readonly #watch: LeaderWatch
  readonly #arrivals: Arrivals
  readonly #unwatchPage: () => void
  readonly #peers = new Set<string>()
  readonly #roleChanged = new Listeners<[TabRole]>()
  readonly #foreignWrite = new Listeners<[]>()
  readonly #relayed = new Listeners<[message: unknown, origin: string]>()
  #role: TabRole = 'standby'
  #leadership: Leadership | null = null
  /** The engine, from `start` to `stop`. */
  #engine: Leader | null = null
  /** The way to the leader, while following. */
  #requests: Requests | null = null
  #paused = false

  constructor(options: TabOptions) {
    const { databaseName, scheduler } = options
    this.#options = options
    this.#arrivals = new Arrivals(scheduler)
    this.#election = new Election(`durably:${databaseName}`, {
      won: () => void this.#takeOver(),
      deposed: () => this.#lose('Another tab has taken the database over.'),
      refused: (reason) => this.#fail(reason),
    })
    this.#channel = new TabChannel(databaseName, this.id, {
      announced: (announcement, from) => this.#hear(announcement, from),
      received: (letter, from) => this.#receive(letter, from),
    })
    this.#watch = new LeaderWatch(scheduler, {
      ask: () => this.#channel.announce({ type: 'hello' }),
      silent: () => this.#demoteLeader(),
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
    return this.#roleChanged.add(listener)
  }

  /** Calls the listener when another tab has written. */
  onForeignWrite(listener: () => void): () => void {
    return this.#foreignWrite.add(listener)
  }

  onRelay(listener: (message: unknown, origin: string) => void): () => void {
    return this.#relayed.add(listener)
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
    const arrival = this.#arrivals.wait(this.#options.openTimeoutMs)
    this.#stand()
    return arrival
  }

  /** @throws CallFailed, CallLost, DurablyError `STORAGE_BUSY` while nobody leads */
  async call(call: DatabaseCall): Promise<unknown> {
    if (this.#leadership?.isOpen) return this.#leadership.call(call)
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
    this.#setRole('stopped')
    this.#watch.stop()
    this.#unwatchPage()
    this.#requests?.lose()
    if (this.#leadership?.isOpen) await this.#leadership.close()
    else this.#abandon('The storage was closed.')
    this.#election.withdraw()
    this.#channel.announce({ type: 'bye' })
    this.#channel.close()
    this.#arrivals.failed(stopped())
  }

  #stand(): void {
    if (this.#paused || this.#role === 'stopped') return
    this.#options.database.keepTime()
    this.#election.stand()
    this.#channel.announce({ type: 'hello' })
  }

  async #takeOver(): Promise<void> {
    this.#unfollow()
    const leadership = new Leadership(this.#options)
    this.#leadership = leadership
    try {
      await leadership.open(this.id, (reason) => this.#lose(reason.message))
    } catch (error) {
      if (!leadership.hasEnded) this.#fail(error)
      return
    }
    if (!leadership.isOpen) return
    this.#setRole('leading')
    this.#announceLeading()
    if (this.#engine !== null) this.#begin()
    this.#arrivals.arrived()
  }

  #begin(): void {
    this.#announceLeading()
    // Whoever led before has lost the database, and with it everything it executed.
    this.#engine?.begin(true)
  }

  /** The database is gone for this tab; it stands for election again, unless it is paused. */
  #lose(reason: string): void {
    this.#leave(reason)
    this.#stand()
  }

  #leave(reason: string): void {
    const wasLeading = this.#role === 'leading'
    this.#abandon(reason)
    this.#election.withdraw()
    if (!wasLeading) return
    this.#setRole('standby')
    this.#engine?.end()
  }

  /** Lets go of the database, and of the worker that keeps time. */
  #abandon(reason: string): void {
    if (this.#leadership !== null) this.#leadership.abandon(reason)
    else this.#options.database.abandon(reason)
    this.#leadership = null
  }

  /** The database cannot be opened from here. Whoever waits for the lock may try. */
  #fail(reason: unknown): void {
    this.#leave('The database could not be opened.')
    this.#arrivals.failed(reason)
    this.#options.scheduler.after(CANDIDACY_RETRY_MS, () => {
      if (this.#engine !== null) this.#stand()
    })
  }

  /** Gives the database to a tab that executes runs. */
  async #handOver(leadership: Leadership): Promise<void> {
    this.#setRole('standby')
    await leadership.close()
    this.#leadership = null
    this.#election.withdraw()
    this.#stand()
  }

  #follow(tab: string, { protocol, term, executes }: Extract<Announcement, { type: 'leading' }>): void {
    this.#watch.heard()
    if (protocol !== PROTOCOL) {
      this.#arrivals.otherVersionLeads()
      return
    }
    if (this.#leadership !== null || this.#paused || this.#role === 'stopped') return
    if (this.#requests?.term !== term) {
      this.#requests?.lose()
      const send = (to: string, letter: Letter) => this.#channel.send(to, letter)
      this.#requests = new Requests({ tab, term }, this.#options.scheduler, send)
      if (!executes) this.#askToYield(term)
    }
    this.#setRole('following')
    this.#arrivals.arrived()
  }

  #unfollow(): void {
    this.#requests?.lose()
    this.#requests = null
    if (this.#role === 'following') this.#setRole('standby')
  }

  /** For a leader that turns out to execute, it means nothing. */
  #askToYield(term: string): void {
    this.#options.scheduler.after(YIELD_AFTER_MS, () => {
      if (this.#requests?.term !== term) return
      if (this.#engine !== null) this.#channel.announce({ type: 'yield', term })
      this.#askToYield(term)
    })
  }

  /** The leader is silent: its worker still hears, and lets go of the file. */
  #demoteLeader(): void {
    if (this.#leadership !== null || this.#paused || this.#role === 'stopped') return
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
    this.#leave('The page was frozen or left.')
    this.#channel.announce({ type: 'bye' })
    // A page in the back-forward cache is thrown away when it is sent something.
    this.#channel.close()
    this.#peers.clear()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#channel.open()
    this.#watch.heard()
    this.#stand()
  }

  #hear(announcement: Announcement, from: string): void {
    if (announcement.type === 'bye') {
      this.#peers.delete(from)
      this.#leadership?.forget(from)
      if (this.#requests?.leader === from) this.#unfollow()
      return
    }
    this.#peers.add(from)
    if (announcement.type === 'hello') this.#answerHello()
    else if (announcement.type === 'leading') this.#follow(from, announcement)
    else if (announcement.type === 'yield') this.#considerYielding(announcement.term)
    else if (announcement.type === 'demoting') this.#watch.heard()
    else if (announcement.type === 'written') this.#foreignWrite.tell()
    else if (announcement.type === 'relay') this.#relayed.tell(announcement.message, from)
  }

  #answerHello(): void {
    if (this.#role === 'leading') this.#announceLeading()
    else if (!this.#paused) this.#channel.announce({ type: 'here' })
  }

  #considerYielding(term: string): void {
    const leadership = this.#leadership
    if (leadership?.isOpen && leadership.term === term && this.#engine === null)
      void this.#handOver(leadership)
  }

  #receive(letter: Letter, from: string): void {
    if (letter.type === 'request') void this.#answer(letter, from)
    else this.#requests?.settle(letter)
  }

  async #answer(letter: Extract<Letter, { type: 'request' }>, from: string): Promise<void> {
    const { id, call } = letter
    const answer = (await this.#leadership?.answer(letter, from)) ?? { type: 'refused', id }
    this.#channel.send(from, answer)
    if (answer.type === 'answer' && writes(call)) this.#foreignWrite.tell()
  }

  #announceLeading(): void {
    if (!this.#leadership?.isOpen) return
    const { term } = this.#leadership
    this.#channel.announce({ type: 'leading', protocol: PROTOCOL, term, executes: this.#engine !== null })
  }

  #setRole(role: TabRole): void {
    if (this.#role === role) return
    this.#role = role
    this.#roleChanged.tell(role)
  }
}

function stopped(): DurablyError {
  return new DurablyError('STOPPED', 'The storage was closed. Create a new one to go on.')
}
