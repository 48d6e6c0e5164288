import type { Storage, StorageCapabilities } from '@durably/core'
import { ConformanceError } from '../expect.ts'
import type { Runner } from '../runner.ts'
import { Workbench } from './workbench.ts'

/** A storage to prove, on a database of its own. */
export interface StorageSubject {
  /** Not migrated yet. */
  readonly storage: Storage
  /** Opens another storage on the same database. Needed where the capabilities say `persistent` or `shared`. */
  readonly openAgain?: () => Promise<Storage>
  /** Deletes what is left once every storage was closed. */
  readonly dispose?: () => Promise<void>
}

/** Makes a storage on a new, empty database that nothing else uses. Called once a case. */
export type CreateStorage = () => Promise<StorageSubject>

/** What a case works with. */
export interface StorageBench extends Workbench {
  /** A workbench on another storage over the same database. */
  openAgain(): Promise<Workbench>
}

/** Declares one case of a suite. */
export type DefineCase = (
  name: string,
  body: (bench: StorageBench) => Promise<void>,
  terms?: CaseTerms,
) => void

/** Under which conditions a case runs. */
export interface CaseTerms {
  /** Skipped when the storage does not declare this capability. */
  readonly needs?: keyof StorageCapabilities
  /** False: the case begins without tables. Default: true. */
  readonly migrated?: boolean
}

/** Declares cases that each get a storage of their own, and close it whatever happens. */
export function storageCases(runner: Runner, create: CreateStorage): DefineCase {
  return (name, body, { needs, migrated = true } = {}) => {
    runner.it(name, async (context) => {
      const subject = await create()
      const bench = new OpenBench(subject)
      try {
        if (needs && !subject.storage.capabilities[needs]) {
          context.skip(`${subject.storage.name} does not declare "${needs}"`)
          return
        }
        if (migrated) await subject.storage.migrate()
        await body(bench)
      } finally {
        await bench.closeAll()
        await subject.dispose?.()
      }
    })
  }
}

class OpenBench extends Workbench implements StorageBench {
  readonly #subject: StorageSubject
  readonly #others: Storage[] = []

  constructor(subject: StorageSubject) {
    super(subject.storage)
    this.#subject = subject
  }

  async openAgain(): Promise<Workbench> {
    if (!this.#subject.openAgain) {
      throw new ConformanceError(
        `${this.storage.name} declares "persistent" or "shared", so create() must return openAgain() too.`,
      )
    }
    const other = await this.#subject.openAgain()
    this.#others.push(other)
    return new Workbench(other)
  }

  async closeAll(): Promise<void> {
    for (const storage of [...this.#others, this.storage]) await storage.close()
  }
}
