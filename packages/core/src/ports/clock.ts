/**
 * Where core reads time. Wall time is stored and shown, and only ever decides *when* to try something; durations and deadlines
 * use the monotonic reading, which no clock adjustment moves.
 */
export interface Clock {
  /** Milliseconds since the epoch, as the host believes them to be. */
  now(): number
  /** Milliseconds since an arbitrary moment; never goes backwards. */
  monotonic(): number
}
