import { isNumber, MAX_MS, optionError } from './options.ts'

/** A length of time: milliseconds, or text like `500ms`, `30s`, `10m`, `12h`, `30d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A duration in milliseconds.
 *
 * @throws DurablyError `OPTION_INVALID` naming the option
 */
export function toMilliseconds(duration: Duration, option: string): number {
  const ms = typeof duration === 'string' ? parseDuration(duration) : duration
  if (isNumber(ms) && ms >= 0 && ms <= MAX_MS) return Math.round(ms)
  throw optionError(option, 'milliseconds or text like "30s"', duration)
}

/** NaN when the text is no duration. */
function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
}
