import type { Durably, Run } from '@durably/core'

const SHOWN = 50

/** The newest runs as a value that changes: what `useSyncExternalStore` asks for. */
export class RunStore {
  readonly #durably: Pick<Durably, 'on' | 'getRuns'>
  readonly #listeners = new Set<() => void>()
  #runs: readonly Run[] = []
  #loading: Promise<void> | null = null
  #stale = false

  constructor(durably: Pick<Durably, 'on' | 'getRuns'>) {
    this.#durably = durably
    durably.on('*', (event) => {
      // A list that could not be read is read at the next event.
      if ('runId' in event && event.type !== 'step:start') this.load().catch(() => {})
    })
  }

  /** Calls the listener after each change. An arrow function, so that React sees the same one in every render. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The same array until something has changed. */
  readonly getSnapshot = (): readonly Run[] => this.#runs

  /** Reads the list; however many events ask for it meanwhile, it is read once more. */
  load(): Promise<void> {
    this.#stale = true
    this.#loading ??= this.#read().finally(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #read(): Promise<void> {
    while (this.#stale) {
      this.#stale = false
      this.#runs = await this.#durably.getRuns({ limit: SHOWN })
      for (const listener of this.#listeners) listener()
    }
  }
}
