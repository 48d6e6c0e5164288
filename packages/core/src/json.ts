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
  if (!isJson(value, limits.maxDepth)) throw refusal(value, what, limits.maxDepth)
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

function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) {
    // An index loop, since `every` skips holes, and a hole would come back as null.
    for (let i = 0; i < value.length; i++) if (!isJson(value[i], depth - 1)) return false
    return !('toJSON' in value)
  }
  if (!isPlain(value)) return false
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return false
    const member = value[key]
    if (member !== undefined && !isJson(member, depth - 1)) return false
  }
  return true
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null)
    return false
  return !('toJSON' in value) && Object.getOwnPropertySymbols(value).length === 0
}

/** The second, slower walk: only taken when the first one said no, to find where and why. */
function refusal(value: unknown, what: string, maxDepth: number): DurablyError {
  const found = findCulprit(value, '$', maxDepth) ?? { path: '$', reason: 'not JSON', tooDeep: false }
  if (found.tooDeep) {
    return new DurablyError(
      'LIMIT_EXCEEDED',
      `The ${what} is nested deeper than ${maxDepth} levels at ${shorten(found.path)}, or refers to itself.`,
      { details: { path: found.path, limit: maxDepth } },
    )
  }
  return new DurablyError('NOT_JSON', `The ${what} is not JSON: ${found.path} is ${found.reason}.`, {
    details: { path: found.path },
  })
}

interface Culprit {
  readonly path: string
  readonly reason: string
  readonly tooDeep: boolean
}

function findCulprit(value: unknown, path: string, depth: number): Culprit | null {
  const here = (reason: string): Culprit => ({ path, reason, tooDeep: false })
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return null
  if (typeof value === 'number') return Number.isFinite(value) ? null : here(String(value))
  if (value === undefined) return here('undefined')
  if (typeof value !== 'object') return here(`a ${typeof value}`)
  if (depth === 0) return { path, reason: 'too deep', tooDeep: true }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = findCulprit(value[i], `${path}[${i}]`, depth - 1)
      if (found) return found
    }
    return 'toJSON' in value ? here('an array with a toJSON method') : null
  }
  if (!isPlain(value)) return here(describeObject(value))
  for (const key of Object.keys(value)) {
    const at = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
    if (key === '__proto__')
      return { path: at, reason: 'a key that could change a prototype', tooDeep: false }
    const member = value[key]
    const found = member === undefined ? null : findCulprit(member, at, depth - 1)
    if (found) return found
  }
  return null
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
