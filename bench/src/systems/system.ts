import type { EngineSystem } from '@durably/bench-peers/engine'
import type { RawSystem } from './raw-system.ts'

/** Something to measure. Loaded in the process that measures it, so that no other system takes up memory there. */
type System =
  | { readonly kind: 'engine'; readonly load: () => Promise<EngineSystem> }
  | { readonly kind: 'raw'; readonly load: () => Promise<RawSystem> }

/** Everything that can be measured, by the name used on the command line and in the results. */
export const SYSTEMS = {
  durably: {
    kind: 'engine',
    load: async () => (await import('./durably-better-sqlite3.ts')).durablyBetterSqlite3,
  },
  'durably-libsql': {
    kind: 'engine',
    load: async () => (await import('./durably-libsql.ts')).durablyLibsql,
  },
  raw: {
    kind: 'raw',
    load: async () => (await import('./raw-better-sqlite3.ts')).rawOneByOne,
  },
  'raw-by-32': {
    kind: 'raw',
    load: async () => (await import('./raw-better-sqlite3.ts')).rawBy32,
  },
  'raw-libsql-by-32': {
    kind: 'raw',
    load: async () => (await import('./raw-libsql.ts')).rawLibsqlBy32,
  },
  'coji-durably': {
    kind: 'engine',
    load: async () => (await import('@durably/bench-peers/coji-durably')).cojiDurably,
  },
  'coji-durably-libsql': {
    kind: 'engine',
    load: async () => (await import('@durably/bench-peers/coji-durably')).cojiDurablyLibsql,
  },
  openworkflow: {
    kind: 'engine',
    load: async () => (await import('@durably/bench-peers/openworkflow')).openWorkflow,
  },
} as const satisfies Record<string, System>

/** The name of a system. */
export type SystemName = keyof typeof SYSTEMS

/** Loads an engine. Throws for raw statements. */
export function loadEngine(name: SystemName): Promise<EngineSystem> {
  const system: System = SYSTEMS[name]
  if (system.kind === 'raw') throw new Error(`${name} is not an engine`)
  return system.load()
}
