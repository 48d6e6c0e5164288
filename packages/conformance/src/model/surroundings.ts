import type { Lease, RunStatus, Storage } from '@durably/core'
import type { Names } from './names.ts'
import type { Choice } from './operation.ts'

/** A lease whose run goes by its name. */
export interface NamedLease {
  readonly run: string
  readonly generation: number
}

/** What a call needs to know of the sequence so far. */
export interface Surroundings {
  readonly now: number
  /** Different at each call. */
  readonly claimId: string
  /** The name of the chosen run; null: there is none yet. Runs in these statuses fit. */
  chooseRun(choice: Choice, fitting: readonly RunStatus[]): string | null
  /** Leases that are held fit. */
  chooseLease(choice: Choice): NamedLease | null
  /** The names the next runs will get. */
  nextNames(count: number): readonly string[]
  /** The attempt of the step that is recorded. */
  readonly attempt: number
}

/** What a call does to one of the two storages. */
export type Act = (storage: Storage, names: Names) => Promise<unknown>

/** The lease with the id this storage gave the run. */
export function toLease({ run, generation }: NamedLease, names: Names): Lease {
  return { runId: names.idOf(run), generation }
}
