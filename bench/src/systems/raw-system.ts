import type { Durability } from '@durably/bench-peers/engine'
import type { RawStore } from './raw-store.ts'

/** Raw statements with a way to group them. */
export interface RawSystem {
  /** How many writes of a kind share a commit. */
  readonly group: number
  open(path: string, durability: Durability): RawStore
}
