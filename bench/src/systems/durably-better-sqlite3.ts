import type { EngineSystem } from '@durably/bench-peers/engine'
import { betterSqlite3 } from '@durably/driver-better-sqlite3'
import { crowdDurably, durablyEngine, tallyDurably } from './durably-engine.ts'

/** Durably on better-sqlite3. */
export const durablyBetterSqlite3: EngineSystem = {
  open: (options) =>
    durablyEngine(betterSqlite3({ path: options.path, durability: options.durability }), options),
  tally: tallyDurably,
  crowd: crowdDurably,
}
