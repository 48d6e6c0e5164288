import { DurablyError } from './errors.ts'
import { requireCount } from './options.ts'

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

const DEFAULT_LIMITS: Limits = {
  inputLength: 1_048_576,
  outputLength: 1_048_576,
  stepLength: 1_048_576,
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
export function resolveLimits(given: LimitsOptions | undefined): Limits {
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...DEFAULT_LIMITS }
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue
    if (!(name in limits)) {
      throw new DurablyError(
        'OPTION_INVALID',
        `"limits.${name}" is not a limit. Known: ${Object.keys(limits).join(', ')}.`,
      )
    }
    requireCount(`limits.${name}`, value)
    limits[name as keyof Limits] = value
  }
  return Object.freeze(limits)
}

/**
 * Refuses names and keys that are empty, too long, or hold control characters or lone surrogates (which SQLite would change).
 *
 * @param what names the thing in messages: `step name`
 */
export function requireName(value: unknown, what: string, limits: Limits): asserts value is string {
  if (typeof value !== 'string' || value === '') {
    throw new DurablyError(
      'OPTION_INVALID',
      `The ${what} must be text that is not empty; got ${typeof value === 'string' ? '""' : typeof value}.`,
    )
  }
  requireText(value, what, limits)
}

/** As `requireName`, but the text may be empty: values of labels. */
export function requireText(value: unknown, what: string, limits: Limits): asserts value is string {
  if (typeof value !== 'string')
    throw new DurablyError('OPTION_INVALID', `The ${what} must be text; got ${typeof value}.`)
  if (value.length > limits.nameLength) {
    throw new DurablyError(
      'LIMIT_EXCEEDED',
      `The ${what} has ${value.length} characters, the limit is ${limits.nameLength}: ${JSON.stringify(value.slice(0, 40))}…`,
      { details: { length: value.length, limit: limits.nameLength } },
    )
  }
  if (UNSAFE.test(value) || !value.isWellFormed()) {
    throw new DurablyError(
      'OPTION_INVALID',
      `The ${what} ${JSON.stringify(value)} holds a control character or half of a surrogate pair. Use printable text.`,
    )
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const UNSAFE = /[\u0000-\u001f\u007f]/
