import type { Scheduler } from '@durably/core'
import { newId } from '../new-id.ts'
import type { DatabaseCall } from '../worker/protocol.ts'
import { LeaderDesk } from './leader-desk.ts'
import { openPatiently } from './open-patiently.ts'
import type { Answer, Request } from './tab-channel.ts'
import type { TabDatabase } from './tab-database.ts'

/** What a leadership works with. */
export interface LeadershipOptions {
  readonly database: TabDatabase
  readonly scheduler: Scheduler
  readonly openTimeoutMs: number
}

/** One leadership of a tab, from the moment the lock is won until the database is lost or given away. */
export class Leadership {
  /** Names it among those of all tabs. */
  readonly term = newId()
  readonly #options: LeadershipOptions
  readonly #desk: LeaderDesk
  #state: 'opening' | 'open' | 'ended' = 'opening'

  constructor(options: LeadershipOptions) {
    this.#options = options
    this.#desk = new LeaderDesk(options.database, options.scheduler)
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get hasEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Takes hold of the database. Resolves also when the leadership ended meanwhile. @throws why it cannot be opened */
  async open(tab: string, onLost: (reason: Error) => void): Promise<void> {
    const { database, scheduler, openTimeoutMs: budgetMs } = this.#options
    const isCurrent = () => !this.hasEnded
    await openPatiently(() => database.open(tab, onLost), { scheduler, budgetMs, isCurrent })
    if (isCurrent()) this.#state = 'open'
  }

  call(call: DatabaseCall): Promise<unknown> {
    return this.#options.database.call(call)
  }

  /** Carries out the call of another tab. */
  async answer({ id, term, call }: Request, from: string): Promise<Answer> {
    if (!this.isOpen || term !== this.term) return { type: 'refused', id }
    return this.#desk.serve(id, call, from)
  }

  /** Another tab is gone. */
  forget(tab: string): void {
    this.#desk.forget(tab)
  }

  /** Lets go at once; calls under way reject as lost. */
  abandon(reason: string): void {
    this.#end()
    this.#options.database.abandon(reason)
  }

  /** Waits for calls under way, then lets go. */
  async close(): Promise<void> {
    this.#end()
    await this.#options.database.close()
  }

  #end(): void {
    this.#state = 'ended'
    this.#desk.close()
  }
}
