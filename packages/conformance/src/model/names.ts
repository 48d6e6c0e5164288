import type { RunRecord } from '@durably/core'

/** The names under which two storages, which make ids of their own, speak of the same runs. */
export class Names {
  readonly #idOf = new Map<string, string>()
  readonly #nameOf = new Map<string, string>()

  /** Gives a run its name, unless it has one. */
  learn(name: string, id: string): void {
    if (this.#nameOf.has(id)) return
    this.#nameOf.set(id, name)
    this.#idOf.set(name, id)
  }

  /** An id that no run has, for a name that was never given. */
  idOf(name: string): string {
    return this.#idOf.get(name) ?? `no id for ${name}`
  }

  nameOf(id: string): string {
    return this.#nameOf.get(id) ?? `a run of unknown origin`
  }

  /** Every run that has a name, in the order they got it. */
  all(): readonly { readonly name: string; readonly id: string }[] {
    return [...this.#idOf].map(([name, id]) => ({ name, id }))
  }

  /** The record with names in place of ids. */
  rename(run: RunRecord): RunRecord {
    return {
      ...run,
      id: this.nameOf(run.id),
      originId: run.originId === null ? null : this.nameOf(run.originId),
    }
  }
}
