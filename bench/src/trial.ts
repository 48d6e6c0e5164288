import type { Crowd, Durability, EngineSystem } from '@durably/bench-peers/engine'
import type { RawSystem } from './systems/raw-system.ts'
import type { SystemName } from './systems/system.ts'

/** What a measurement answers: figures by name, their unit as the end of the name. */
export type Figures = Readonly<Record<string, number>>

/** How one system does a workload. */
export interface Settings {
  /** How much work: runs, steps, samples or seconds, as the workload says. Chosen so that each system takes about a second. */
  readonly size: number
  /** How many runs execute at a time. Default 1. */
  readonly concurrency?: number
  /** How many processes work on the file. Default 1. */
  readonly processes?: number
  /** Milliseconds between polls of an idle worker. Default: the system's own. */
  readonly pollingIntervalMs?: number
  /** Milliseconds of idleness before each sample, at most; large for a system that polls, so that no phase is preferred. */
  readonly gapMs?: number
  /** Rows that are in the tables before the work begins. */
  readonly crowd?: Crowd
}

/** What a system is there for. `self` is Durably under other settings; `other` is shown but has no bar. */
export type Role = 'durably' | 'raw' | 'self' | 'peer' | 'other'

/** A system that takes part in a trial. */
export interface Entrant extends Settings {
  readonly role: Role
  readonly system: SystemName
  /** What to call it in the results where the system's name does not tell. */
  readonly label?: string
  /** Measured no more often than this, where it takes long and hardly varies. Default: as often as everybody. */
  readonly maxRounds?: number
}

/** What a figure of Durably has to reach: compared with another's, as a ratio Durably ÷ other, or by itself. */
export interface Bar {
  readonly against: 'raw' | 'self' | 'peer' | 'nothing'
  readonly atLeast?: number
  readonly atMost?: number
}

/** A line of the result table. */
export interface Row {
  readonly title: string
  /** Which of the workload's figures it shows. */
  readonly figure: string
  readonly unit: string
  readonly bars: readonly Bar[]
}

/** A workload under one durability, done by several systems side by side. */
export interface Trial {
  readonly durability: Durability
  readonly entrants: readonly Entrant[]
  readonly rows: readonly Row[]
}

/** One measurement, as the process that makes it is told. */
export interface Task extends Settings {
  readonly workload: string
  readonly system: SystemName
  readonly durability: Durability
  /** A folder of this measurement's own. */
  readonly directory: string
  /** A folder that all measurements of the trial see. */
  readonly trialDirectory: string
}

/** Work of one kind, and the conditions under which it is measured. */
export interface Workload {
  readonly name: string
  readonly trials: readonly Trial[]
  /** Done once for each engine with a crowd, in a process of its own, before the trial is measured. */
  prepare?(system: EngineSystem, task: Task): Promise<void>
  /** Does the work with an engine. Throws when the database does not hold afterwards what it should. */
  engine(system: EngineSystem, task: Task): Promise<Figures>
  /** Does the same work with raw statements. */
  raw?(system: RawSystem, task: Task): Figures | Promise<Figures>
}
