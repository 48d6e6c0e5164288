import type { DatabaseCall } from '../worker/protocol.ts'

/** What a leading tab owns. */
export interface TabDatabase {
  /** From now on until it is abandoned, timers keep their pace although the page is hidden. */
  keepTime(): void
  /**
   * Takes hold of the database for a tab.
   *
   * @param onLost called when it is lost afterwards by itself
   * @throws CallFailed with `held` while another context has the file
   */
  open(tab: string, onLost: (reason: Error) => void): Promise<void>
  call(call: DatabaseCall): Promise<unknown>
  /** Lets go at once; calls under way reject as lost. Must act synchronously. */
  abandon(reason: string): void
  /** Waits for calls under way, then lets go. */
  close(): Promise<void>
}
