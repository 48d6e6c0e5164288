import type { EngineSystem } from '@durably/bench-peers/engine'
import { libsql } from '@durably/driver-libsql'
import { crowdDurably, durablyEngine, tallyDurably } from './durably-engine.ts'

/** Durably on a libSQL file. */
export const durablyLibsql: EngineSystem = {
  open: (options) =>
    durablyEngine(libsql({ url: `file:${options.path}`, durability: options.durability }), options),
  tally: tallyDurably,
  crowd: crowdDurably,
}
