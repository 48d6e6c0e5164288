/** What is measured: an engine with one job of as many trivial steps as its input says. */
export interface Engine {
  /** Stores runs in one call. */
  enqueue(count: number, steps: number): Promise<void>
  trigger(steps: number): Promise<string>
  start(): void
  /** Calls the listener with every run that completes. */
  onComplete(listener: () => void): void
  /** Calls the listener when a body begins. */
  onBody(listener: (runId: string) => void): void
  /** Calls the listener when all steps of a run are recorded, or were before. */
  onSteps(listener: () => void): void
  /** Ends the engine; what it executes is handed back. */
  stop(): Promise<void>
}

/** How an engine is opened. */
export interface EngineOptions {
  readonly databasePath: string
  readonly concurrency: number
  /** Runs never end, though all of their steps are recorded: something to resume. */
  readonly neverEnding?: boolean
}

/** Opens an engine on a database. */
export type OpenEngine = (options: EngineOptions) => Promise<Engine>
