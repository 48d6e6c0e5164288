import { cut, describe } from './describe.ts'
import { DurablyError } from './errors.ts'

/** Refuses anything but a whole number of at least 1. */
export function requireCount(option: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw optionError(option, 'a whole number of at least 1', value)
}

/** Refuses anything but a finite number above zero. */
export function requirePositive(option: string, value: unknown): asserts value is number {
  if (!Number.isFinite(value) || (value as number) <= 0) throw optionError(option, 'a positive number', value)
}

/** Refuses anything but a finite number of zero or more. */
export function requireAmount(option: string, value: unknown): asserts value is number {
  if (!Number.isFinite(value) || (value as number) < 0)
    throw optionError(option, 'a number of zero or more', value)
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
