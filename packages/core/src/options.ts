import { cut, describe } from './describe.ts'
import { DurablyError } from './errors.ts'

/** Some 31,000 years: added to any time it is still a whole number. */
export const MAX_MS = 1e15

/** Refuses anything but a whole number of at least 1. */
export function requireCount(option: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw optionError(option, 'a whole number of at least 1', value)
}

/** Refuses anything but a length of time above zero. */
export function requireInterval(option: string, value: unknown): asserts value is number {
  if (!isNumber(value) || value <= 0 || value > MAX_MS)
    throw optionError(option, `milliseconds, more than 0 and at most ${MAX_MS}`, value)
}

/** Refuses anything but a finite number of zero or more. */
export function requireAmount(option: string, value: unknown): asserts value is number {
  if (!isNumber(value) || value < 0) throw optionError(option, 'a number of zero or more', value)
}

/** A number that is one, and finite. */
export function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

/**
 * The defaults with what was given instead, each value checked.
 *
 * @param prefix stands before the names in messages: `limits.`
 */
export function withDefaults<Options extends Readonly<Record<string, number>>>(
  defaults: Options,
  given: { readonly [Name in keyof Options]?: number | undefined },
  check: (option: string, value: unknown) => void,
  prefix = '',
): Options {
  const chosen: Record<string, number> = {}
  for (const [name, standard] of Object.entries(defaults)) {
    const value = given[name] ?? standard
    check(prefix + name, value)
    chosen[name] = value
  }
  return chosen as Options
}

/** An `OPTION_INVALID` that names the option, says what it must be and shows what was given. */
export function optionError(option: string, wanted: string, value: unknown): DurablyError {
  const given = typeof value === 'string' ? JSON.stringify(value) : describe(value)
  return new DurablyError('OPTION_INVALID', `"${option}" must be ${wanted}; got ${cut(given, 99)}.`, {
    details: { option },
  })
}
