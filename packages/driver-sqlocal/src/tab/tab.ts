import type { Leader, Resign, Scheduler } from '@durably/core'
import { nobodyLeads, stopped } from '../call-errors.ts'
import { type DatabaseCall, demotionChannel } from '../worker/protocol.ts'
import { Arrivals } from './arrivals.ts'
import { Election } from './election.ts'
import { LeaderWatch } from './leader-watch.ts'
import { Leadership } from './leadership.ts'
import { Listeners } from './listeners.ts'
import { watchPage } from './page-lifecycle.ts'
import { Peers } from './peers.ts'
import { Requests } from './requests.ts'
import { type Leading, PROTOCOL } from './tab-channel.ts'
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

/** One of the tabs of a database: it leads and owns the database, or sends its calls to the tab that does. */
export class Tab {
  readonly peers: Peers
  readonly #options: TabOptions
  readonly #election: Election
  readonly #watch: LeaderWatch
  readonly #arrivals: Arrivals
  readonly #unwatchPage: () => void
  readonly #roleChanged = new Listeners<[TabRole]>()
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
    this.peers = new Peers(databaseName, {
      asked: () => this.#announceLeading(),
      leads: (tab, leading) => this.#follow(tab, leading),
      askedToYield: (term) => void this.#yield(term),
      demotes: () => this.#watch.heard(),
      left: (tab) => {
        this.#leadership?.forget(tab)
        if (this.#requests?.leader === tab) this.#unfollow()
      },
      requested: async (request, from) =>
        (await this.#leadership?.answer(request, from)) ?? { type: 'refused', id: request.id },
      answered: (answer) => this.#requests?.settle(answer),
    })
    this.#watch = new LeaderWatch(scheduler, {
      ask: () => this.peers.rollCall(),
      silent: () => this.#demoteLeader(),
    })
    this.#unwatchPage = watchPage({ pause: () => this.#pause(), resume: () => this.#resume() })
  }

  get role(): TabRole {
    return this.#role
  }

  /** Names the leadership of this tab; null while it has none. */
  get term(): string | null {
    return this.#leadership?.isOpen ? this.#leadership.term : null
  }

  onRole(listener: (role: TabRole) => void): () => void {
    return this.#roleChanged.add(listener)
  }

  /**
   * Resolves when there is a way to the database, one's own or through another tab.
   *
   * @throws DurablyError `STORAGE_BUSY` after the budget for opening, or why it cannot be opened here
   */
  join(): Promise<void> {
    if (this.#role === 'stopped') return Promise.reject(stopped())
    if (this.#role !== 'standby') return Promise.resolve()
    this.#stand()
    return this.#arrivals.wait(this.#options.openTimeoutMs)
  }

  /** @throws CallFailed, CallLost, DurablyError `STORAGE_BUSY` while nobody leads */
  async call(call: DatabaseCall): Promise<unknown> {
    if (this.#leadership?.isOpen) return this.#leadership.call(call)
    if (this.#requests !== null) return this.#requests.call(call)
    if (this.#role === 'stopped') throw stopped()
    // It may have failed to open before, and be in no line any more.
    if (!this.#election.isStanding) this.#stand()
    throw nobodyLeads()
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
    this.peers.leave()
    this.#arrivals.failed(stopped())
  }

  #stand(): void {
    if (this.#paused || this.#role === 'stopped') return
    this.#options.database.keepTime()
    this.#election.stand()
    this.peers.announce({ type: 'hello' })
  }

  async #takeOver(): Promise<void> {
    this.#unfollow()
    const leadership = new Leadership(this.#options)
    this.#leadership = leadership
    try {
      await leadership.open(this.peers.id, (reason) => this.#lose(reason.message))
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

  /** Gives the database to a tab that executes runs; for a tab that executes by now, being asked means nothing. */
  async #yield(term: string): Promise<void> {
    const leadership = this.#leadership
    if (!leadership?.isOpen || leadership.term !== term || this.#engine !== null) return
    this.#setRole('standby')
    await leadership.close()
    this.#leadership = null
    this.#election.withdraw()
    this.#stand()
  }

  #follow(tab: string, { protocol, term, executes }: Leading): void {
    this.#watch.heard()
    if (protocol !== PROTOCOL) {
      this.#unfollow()
      this.#arrivals.noteOtherVersion()
      return
    }
    if (this.#leadership !== null || this.#paused || this.#role === 'stopped') return
    if (this.#requests?.term !== term) {
      this.#requests?.lose()
      this.#requests = new Requests({ tab, term }, this.#options.scheduler, this.peers)
      if (!executes) this.#requests.askToYield(() => this.#engine !== null)
    }
    this.#setRole('following')
    this.#arrivals.arrived()
  }

  #unfollow(): void {
    this.#requests?.lose()
    this.#requests = null
    if (this.#role === 'following') this.#setRole('standby')
  }

  /** The leader is silent: its worker still hears, and lets go of the file. */
  #demoteLeader(): void {
    if (this.#leadership !== null || this.#paused || this.#role === 'stopped') return
    const channel = demotionChannel(this.#options.databaseName)
    channel.postMessage({ by: this.peers.id })
    channel.close()
    this.peers.announce({ type: 'demoting' })
    this.#election.steal()
  }

  #pause(): void {
    if (this.#paused || this.#role === 'stopped') return
    this.#paused = true
    this.#unfollow()
    this.#leave('The page was frozen or left.')
    this.peers.leave()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.peers.comeBack()
    this.#watch.heard()
    this.#stand()
  }

  /** Answers whether it leads. */
  #announceLeading(): boolean {
    if (!this.#leadership?.isOpen) return false
    const { term } = this.#leadership
    this.peers.announce({ type: 'leading', protocol: PROTOCOL, term, executes: this.#engine !== null })
    return true
  }

  #setRole(role: TabRole): void {
    if (this.#role === role) return
    this.#role = role
    this.#roleChanged.tell(role)
  }
}
