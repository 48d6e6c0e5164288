import { cut } from './describe.ts'
import { DurablyError } from './errors.ts'
import { requireWithin } from './limits.ts'

/** A value JSON can carry without loss. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

/** How large and deep a value may be. */
export interface JsonLimits {
  /** Length of the JSON text, in UTF-16 code units. */
  readonly maxLength: number
  readonly maxDepth: number
  /** What sets the length, for messages: `limits.stepLength`. */
  readonly option: string
}

const MAX_PATH_LENGTH = 99

/**
 * The JSON text of a value; null for `undefined`, which is a value of its own at the top.
 *
 * Properties that are `undefined` are dropped; `-0` becomes `0`. Everything else that would not come back equal is refused.
 *
 * @param what names the value in messages: `result of step "fetch"`
 * @throws DurablyError `NOT_JSON` with `details.path`, or `LIMIT_EXCEEDED`
 */
export function serialize(value: unknown, what: string, limits: JsonLimits): string | null {
  if (value === undefined) return null
  const culprit = findCulprit(value, limits.maxDepth)
  if (culprit) throw refusal(culprit, what, limits.maxDepth)
  const text = JSON.stringify(value)
  requireWithin(limits.maxLength, text.length, what, limits.option)
  return text
}

/**
 * The value of a stored JSON text; `undefined` for null.
 *
 * @throws DurablyError `CORRUPT_ROW` when the text is not JSON any more
 */
export function parse(text: string | null, what: string): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DurablyError('CORRUPT_ROW', `The stored ${what} is not JSON.`, { cause })
  }
}

/** Do two JSON texts hold the same value? The order of keys does not count; a text that is no JSON equals only itself. */
export function sameJson(a: string, b: string): boolean {
  try {
    return a === b || canonical(a) === canonical(b)
  } catch {
    return false
  }
}

function canonical(text: string): string {
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) =>
    typeof value === 'object' && !Array.isArray(value) && value !== null
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** Why a value cannot be stored as JSON, and where below it. */
interface Culprit {
  readonly path: string
  /** Null: nested too deep. */
  readonly problem: string | null
}

/** Null when JSON carries the value without loss: that costs no allocation. Otherwise the path is put together on the way out. */
function findCulprit(value: unknown, depth: number): Culprit | null {
  const type = typeof value
  if (value === null || type === 'string' || type === 'boolean' || Number.isFinite(value)) return null
  if (type === 'object') return findInside(value as object, depth)
  return here(type === 'number' ? String(value) : type)
}

function findInside(value: object, depth: number): Culprit | null {
  if (depth === 0) return here(null)
  if (!isPlain(value)) return here(nameOf(value))
  const isArray = Array.isArray(value)
  // `keys` of an array does not skip holes, which would come back as null.
  for (const key of isArray ? value.keys() : Object.keys(value)) {
    const member = value[key]
    if (member === undefined && !isArray) continue
    const culprit = key === '__proto__' ? here('a forbidden key') : findCulprit(member, depth - 1)
    if (culprit) {
      const segment = /^[a-z_$][\w$]*$/i.test(`${key}`) ? `.${key}` : `[${JSON.stringify(key)}]`
      return { path: segment + culprit.path, problem: culprit.problem }
    }
  }
  return null
}

function here(problem: string | null): Culprit {
  return { path: '', problem }
}

/** An array, or an object whose own members are all there is to it. */
function isPlain(value: object): value is Record<PropertyKey, unknown> {
  if ('toJSON' in value) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    (prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null) &&
    Object.getOwnPropertySymbols(value).length === 0
  )
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== 'Array'
    ? name
    : 'an object with toJSON or symbol keys'
}

function refusal({ path, problem }: Culprit, what: string, maxDepth: number): DurablyError {
  const details = { path: `$${path}` }
  const reason = problem ?? `more than ${maxDepth} levels or a cycle`
  const message = `The ${what} is not JSON: ${reason} at ${cut(details.path, MAX_PATH_LENGTH)}.`
  return problem === null
    ? new DurablyError('LIMIT_EXCEEDED', message, { details: { ...details, limit: maxDepth } })
    : new DurablyError('NOT_JSON', `${message} Use text for dates, arrays for sets and maps.`, { details })
}
