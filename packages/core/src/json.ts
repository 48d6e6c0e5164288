import { DurablyError } from './errors.ts'

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
}

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
  const found = findCulprit(value, limits.maxDepth)
  if (found !== null) throw refusal(found, what, limits.maxDepth)
  const text = JSON.stringify(value)
  if (text.length > limits.maxLength) {
    throw new DurablyError(
      'LIMIT_EXCEEDED',
      `The ${what} is ${text.length} characters of JSON, the limit is ${limits.maxLength}. Store large data elsewhere and keep a reference, or raise the limit.`,
      { details: { length: text.length, limit: limits.maxLength } },
    )
  }
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
    throw new DurablyError(
      'CORRUPT_ROW',
      `The stored ${what} cannot be read: it is not JSON. The row was damaged.`,
      { cause },
    )
  }
}

/** Do two JSON texts hold the same value? The order of keys does not count. */
export function sameJson(a: string, b: string): boolean {
  return a === b || (a !== '' && b !== '' && equal(JSON.parse(a), JSON.parse(b)))
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
  )
}

interface Culprit {
  readonly path: string
  readonly reason: string
  readonly tooDeep: boolean
}

/** Null: the value is JSON. The path is put together on the way back up, since almost every value is. */
function findCulprit(value: unknown, depth: number): Culprit | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null
    case 'number':
      return Number.isFinite(value) ? null : culprit(String(value))
    case 'object':
      break
    default:
      return culprit(value === undefined ? 'undefined' : `a ${typeof value}`)
  }
  if (value === null) return null
  if (depth === 0) return { ...culprit('too deep'), tooDeep: true }
  if (Array.isArray(value)) {
    // An index loop, since `every` skips holes, and a hole would come back as null.
    for (let i = 0; i < value.length; i++) {
      const found = findCulprit(value[i], depth - 1)
      if (found !== null) return within(`[${i}]`, found)
    }
    return 'toJSON' in value ? culprit('an array with a toJSON method') : null
  }
  if (!isPlain(value)) return culprit(describeObject(value))
  for (const key of Object.keys(value)) {
    const member = value[key]
    if (member === undefined) continue
    const found =
      key === '__proto__' ? culprit('a key that could change a prototype') : findCulprit(member, depth - 1)
    if (found !== null) return within(accessor(key), found)
  }
  return null
}

function culprit(reason: string): Culprit {
  return { path: '', reason, tooDeep: false }
}

function within(step: string, found: Culprit): Culprit {
  return { ...found, path: step + found.path }
}

function accessor(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null)
    return false
  return !('toJSON' in value) && Object.getOwnPropertySymbols(value).length === 0
}

function refusal(found: Culprit, what: string, maxDepth: number): DurablyError {
  const path = `$${found.path}`
  if (found.tooDeep) {
    return new DurablyError(
      'LIMIT_EXCEEDED',
      `The ${what} is nested deeper than ${maxDepth} levels at ${shorten(path)}, or refers to itself.`,
      { details: { path, limit: maxDepth } },
    )
  }
  return new DurablyError('NOT_JSON', `The ${what} is not JSON: ${path} is ${found.reason}.`, {
    details: { path },
  })
}

function describeObject(value: object): string {
  const prototype: { constructor?: { name?: unknown } } | null = Object.getPrototypeOf(value)
  const name = prototype?.constructor?.name
  if (typeof name === 'string' && name !== '' && name !== 'Object') return `a ${name} instance`
  if ('toJSON' in value) return 'an object with a toJSON method'
  return 'an object with symbol keys or a prototype of its own'
}

function shorten(path: string): string {
  return path.length <= 120 ? path : `${path.slice(0, 80)}…${path.slice(-30)}`
}
