import Database from 'libsql'
import { RawStore } from './raw-store.ts'
import type { RawSystem } from './raw-system.ts'

/** Raw statements on the synchronous `libsql` package, 32 writes of a kind per commit. */
export const rawLibsqlBy32: RawSystem = {
  group: 32,
  open: (path, durability) => new RawStore(new Database(path), durability),
}
