import { DurablyError } from './errors.ts'
import { optionError, requireCount, withDefaults } from './options.ts'

/** How large things may be. Refused before anything is written, with `LIMIT_EXCEEDED`. */
export interface Limits {
  /** Characters of JSON in an input. Default 1,048,576. */
  readonly inputLength: number
  /** Characters of JSON in an output. Default 1,048,576. */
  readonly outputLength: number
  /** Characters of JSON in a step's result. Default 1,048,576. */
  readonly stepLength: number
  /** Characters in the names of jobs, steps and labels, in keys and in label values. Default 255. */
  readonly nameLength: number
  /** Labels of one run. Default 64. */
  readonly labels: number
  /** Runs in one `batchTrigger`. Default 10,000. */
  readonly batch: number
  /** Nesting of any value. Default 100. */
  readonly depth: number
}

const DEFAULT_LIMITS = {
  inputLength: 2 ** 20,
  outputLength: 2 ** 20,
  stepLength: 2 ** 20,
  nameLength: 255,
  labels: 64,
  batch: 10_000,
  depth: 100,
}

/** Limits as an application gives them: those it wants to change. */
export type LimitsOptions = { readonly [Name in keyof Limits]?: Limits[Name] | undefined }

/**
 * The defaults with what the application changes.
 *
 * @throws DurablyError `OPTION_INVALID` naming the limit
 */
export function resolveLimits(given: LimitsOptions): Limits {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw optionError(`limits.${name}`, `one of ${Object.keys(DEFAULT_LIMITS).join(', ')}`, name)
  }
  return withDefaults(DEFAULT_LIMITS, given, requireCount, 'limits.')
}

/**
 * Refuses what is larger than the instance allows.
 *
 * @param what names the thing in messages: `step name`
 * @param option says what allows less: `limits.nameLength`
 * @throws DurablyError `LIMIT_EXCEEDED`
 */
export function requireWithin(
  limit: number,
  length: number,
  what: string,
  option: string,
  unit = 'characters',
): void {
  if (length > limit)
    throw new DurablyError(
      'LIMIT_EXCEEDED',
      `The ${what} has ${length} ${unit}; ${option} allows ${limit}.`,
      {
        details: { length, limit },
      },
    )
}

/**
 * Refuses names and keys that are empty, too long, or hold what would not come back as it was: control characters,
 * lone surrogates, which SQLite changes, and byte order marks, which some libraries leave out.
 *
 * @param what names the thing in messages: `step name`
 * @param minLength 0 where the text may be empty: values of labels
 */
export function requireName(
  value: unknown,
  what: string,
  { nameLength }: Limits,
  minLength = 1,
): asserts value is string {
  if (typeof value === 'string') requireWithin(nameLength, value.length, what, 'limits.nameLength')
  if (typeof value !== 'string' || value.length < minLength || UNSAFE.test(value))
    throw optionError(what, 'printable text', value)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const UNSAFE = /[\0-\x1f\x7f\ufeff\p{Cs}]/u
