import { z } from 'zod'
import type { CompletionCounter } from './completion-counter.ts'

/** Which crash an acknowledged write survives: a power loss (`full`) or a killed process (`process`). */
export type Durability = 'full' | 'process'

/**
 * What a run of the benchmark's only job is asked to do: how many steps to record, and when it was triggered on the machine's
 * monotonic clock (0 where nobody reads it). Every engine that validates does it with this schema.
 */
export const jobInput = z.object({ steps: z.number(), sentAtMs: z.number() })

/** What `jobInput` describes. */
export type JobInput = Readonly<z.infer<typeof jobInput>>

/** What the job returns: how many steps it has recorded. */
export const jobOutput = z.number()

/** Records one named step under the run and answers its result. */
export type RunStep = (name: string, body: () => number) => Promise<number>

/** The job's code, the same for every engine. */
export type Handler = (runStep: RunStep, input: JobInput, runId: string) => Promise<number>

/** How an engine is opened. */
export interface EngineOptions {
  /** The database file; created and migrated when absent. */
  readonly path: string
  readonly durability: Durability
  /** How many runs execute at a time. */
  readonly concurrency: number
  /** Milliseconds between polls of an idle worker; undefined: the engine's default. */
  readonly pollingIntervalMs?: number | undefined
  readonly handler: Handler
}

/**
 * A durable step engine as the workloads see it: the little that all of them can do. An adapter uses the public API of its
 * engine only, except where a comment says why not.
 */
export interface Engine {
  /** Stores one run; resolves with its id once the engine acknowledged it. */
  trigger(input: JobInput): Promise<string>
  /** Stores runs, all or none where the engine can. */
  triggerBatch(inputs: readonly JobInput[]): Promise<void>
  /** Starts the worker. */
  start(): void
  /** Counts the runs this engine has executed and stored the completion of. */
  readonly completions: CompletionCounter
  /** Makes the failed run claimable again, with the steps it has recorded. */
  retry(runId: string): Promise<void>
  /** Lets current runs finish, then releases the database. */
  stop(): Promise<void>
}

/** What a database file holds; a measurement counts only if this is what its workload should have left. */
export interface Tally {
  readonly pending: number
  readonly completed: number
  readonly failed: number
  /** Completed step records; one for each (run, name). */
  readonly steps: number
}

/** Rows to write straight into an engine's tables, as a busy installation would have left them. */
export interface Crowd {
  /** Pending runs of the benchmark's job, younger than any triggered before. */
  readonly pending: number
  /** Completed runs of the benchmark's job. */
  readonly finished: number
}

/** An engine that takes part in the benchmark. */
export interface EngineSystem {
  open(options: EngineOptions): Promise<Engine>
  /** Counts what the file holds; called when no engine has it open. */
  tally(path: string): Tally
  /** Fills the tables by SQL; called when no engine has the file open. */
  crowd(path: string, crowd: Crowd): void
}
