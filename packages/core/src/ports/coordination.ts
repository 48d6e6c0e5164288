/**
 * How the instances of one database agree who executes runs, where only one of them may own the database: the tabs of a browser.
 * The leader executes; the others store, ask and order through it, and all of them see every event. Where any instance may
 * execute, each leads at once and hears nothing: `soloCoordination`.
 */
export interface Coordination {
  /** Stands for election until the returned function is called. */
  campaign(leader: Leader): Resign
  /** Sends a message that survives structured cloning to every other instance. Lost when nobody listens. */
  broadcast(message: unknown): void
  /** Is anybody else there to hear? When not, messages need not be put together. */
  hasAudience(): boolean
  /** Hears what other instances broadcast, and who they are. */
  onMessage(listener: (message: unknown, origin: string) => void): () => void
}

/** What an instance does with its leadership. */
export interface Leader {
  /** Milliseconds a leader may be silent before another instance may take its place. */
  readonly staleThresholdMs: number
  /**
   * This instance leads now.
   *
   * @param exclusive whoever led before has lost the database: every lease that is not of this instance counts as ended
   */
  begin(exclusive: boolean): void
  /** Leadership is lost, and the database with it: nothing of what is executed can be recorded any more. */
  end(): void
}

/** Gives a candidacy, or the leadership, up. Called when nothing is executed any more. Idempotent. */
export type Resign = () => void
