import { DurablyError } from './errors.ts'

/** A length of time: milliseconds, or text like `500ms`, `30s`, `10m`, `12h`, `30d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * A duration in milliseconds.
 *
 * @throws DurablyError `OPTION_INVALID` naming the option
 */
export function toMilliseconds(duration: Duration, option: string): number {
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null
  const ms = match ? Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS] : duration
  if (typeof ms === 'number' && Number.isFinite(ms) && ms >= 0) return Math.round(ms)
  throw new DurablyError(
    'OPTION_INVALID',
    `"${option}" must be milliseconds (zero or more) or text like "30s", "10m", "12h", "30d"; got ${JSON.stringify(duration) ?? String(duration)}.`,
    { details: { option } },
  )
}
