import { DurablyError } from './errors.ts'

/** Refuses anything but a whole number of at least 1. */
export function requireCount(option: string, value: unknown): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return
  throw optionError(option, 'must be a whole number of at least 1', value)
}

/** Refuses anything but a positive, finite number of milliseconds. */
export function requirePositiveMs(option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return
  throw optionError(option, 'must be a positive number of milliseconds', value)
}

/** An `OPTION_INVALID` that names the option and shows what was given. */
export function optionError(option: string, problem: string, value: unknown): DurablyError {
  return new DurablyError('OPTION_INVALID', `"${option}" ${problem}; got ${show(value)}.`, {
    details: { option },
  })
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
}
