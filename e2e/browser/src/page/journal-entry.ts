/** What a page tells the server, which outlives it. */
export type JournalEntry =
  /** A tab came to lead. */
  | { readonly kind: 'leads'; readonly tab: string }
  /** The body of a step is about to begin. */
  | {
      readonly kind: 'body'
      readonly tab: string
      readonly runId: string
      readonly step: string
      readonly generation: number
    }
  /** A trigger was answered. */
  | { readonly kind: 'acknowledged'; readonly tab: string; readonly runId: string; readonly order: string }
  /** The page heard that it is about to be frozen. */
  | { readonly kind: 'frozen'; readonly tab: string }
  /** A timer of the driver's scheduler. */
  | { readonly kind: 'tick'; readonly tab: string; readonly lateMs: number }

/** Handed to the browser's network process at once, so that a page that dies a moment later has still said it. */
export function tell(entry: JournalEntry): void {
  navigator.sendBeacon('/journal', JSON.stringify(entry))
}
