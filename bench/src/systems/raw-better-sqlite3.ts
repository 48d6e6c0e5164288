import Database from 'better-sqlite3'
import { RawStore } from './raw-store.ts'
import type { RawSystem } from './raw-system.ts'

/** Raw statements on better-sqlite3, one commit per write. */
export const rawOneByOne: RawSystem = {
  group: 1,
  open: (path, durability) => new RawStore(new Database(path), durability),
}

/** Raw statements on better-sqlite3, 32 writes of a kind per commit. */
export const rawBy32: RawSystem = { ...rawOneByOne, group: 32 }
