let lastTime = NaN
let lastText = ''

/**
 * A time in ISO 8601. A number no calendar knows (a damaged row) is shown as the epoch rather than thrown.
 *
 * The last text is kept: events and runs of one batch mostly carry the same millisecond, and formatting it costs as much as the
 * rest of an event.
 */
export function toIso(time: number): string {
  if (time !== lastTime) {
    lastText = new Date(Math.abs(time) <= 8.64e15 ? time : 0).toISOString()
    lastTime = time
  }
  return lastText
}

/** As `toIso`; null for a time that has not come. */
export function isoOrNull(time: number | null): string | null {
  return time === null ? null : toIso(time)
}
