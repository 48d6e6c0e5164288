import type { SqlocalInfo, SqlocalStorage, TabRole } from '@durably/driver-sqlocal'
import { Store } from './store.ts'

const REFRESH_MS = 3000

/** What is known about the storage; null until the database is open. */
export interface StorageState {
  readonly role: TabRole
  readonly info: SqlocalInfo | null
}

/** What this tab is to the database, how large it is, and how many tabs share it. */
export class LiveStorage {
  readonly state: Store<StorageState>
  readonly #storage: SqlocalStorage
  readonly #stop: () => void

  constructor(storage: SqlocalStorage) {
    this.#storage = storage
    this.state = new Store<StorageState>({ role: storage.role, info: null })
    const stopRoles = storage.onRoleChange((role) => {
      this.state.set({ ...this.state.getSnapshot(), role })
      if (role === 'leading' || role === 'following') void this.refresh()
    })
    // It changes while nothing happens: other tabs come and go.
    const every = setInterval(() => void this.refresh(), REFRESH_MS)
    this.#stop = () => {
      stopRoles()
      clearInterval(every)
    }
  }

  /** Asks anew; while the database changes hands, what was known stays. */
  async refresh(): Promise<void> {
    const info = await this.#storage.info().catch(() => null)
    if (info !== null) this.state.set({ role: this.#storage.role, info })
  }

  stop(): void {
    this.#stop()
  }
}
