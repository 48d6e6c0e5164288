import type { DurablyErrorCode } from '@durably/core'
import { isDurablyError } from '@durably/core'

/** A check of a suite that did not hold. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError'
}

/** Checks that two values of plain data are equal, member by member. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const path = difference(actual, expected, '')
  if (path === null) return
  const where = path === '' ? '' : ` (they differ at ${path})`
  throw new ConformanceError(`${what}${where}\n  expected ${show(expected)}\n  but got  ${show(actual)}`)
}

/** Checks a condition. */
export function expectTrue(condition: boolean, what: string): void {
  if (!condition) throw new ConformanceError(what)
}

/** Checks that an operation rejects with a Durably error of this code. */
export async function expectRejection(
  operation: Promise<unknown>,
  code: DurablyErrorCode,
  what: string,
): Promise<void> {
  const outcome = await operation.then(
    (value) => ({ resolved: true, value }),
    (error: unknown) => ({ resolved: false, value: error }),
  )
  if (outcome.resolved)
    throw new ConformanceError(`${what}: expected ${code}, but it resolved with ${show(outcome.value)}`)
  if (isDurablyError(outcome.value, code)) return
  throw new ConformanceError(`${what}: expected a DurablyError ${code}, but got ${String(outcome.value)}`, {
    cause: outcome.value,
  })
}

/** A value that must be there for the case to go on. */
export function present<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined)
    throw new ConformanceError(`${what}: expected something, but got ${value}`)
  return value
}

/** The path to the first place where two values differ; null: nowhere. */
function difference(actual: unknown, expected: unknown, path: string): string | null {
  if (Object.is(actual, expected)) return null
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected))
    return path
  for (const key of new Set([...Object.keys(actual), ...Object.keys(expected)])) {
    const at = `${path}[${JSON.stringify(key)}]`
    if (!Object.hasOwn(actual, key) || !Object.hasOwn(expected, key)) return at
    const found = difference(actual[key], expected[key], at)
    if (found !== null) return found
  }
  return null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 2000 ? text : `${text.slice(0, 2000)}…`
}
