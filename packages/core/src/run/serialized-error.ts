import { DurablyError } from '../errors.ts'
import { type JsonLimits, type JsonValue, serialize } from '../json.ts'

/** An error in the form it is stored and shown. */
export interface SerializedError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** The `code` of the error, where it had one that is text or a number. */
  readonly code?: string | number
  /** The step whose body threw. */
  readonly stepName?: string
  /** The `data` or `details` of the error, where it is JSON. */
  readonly data?: JsonValue
}

const MAX_MESSAGE_LENGTH = 8_192
const MAX_STACK_LENGTH = 16_384
const DATA_LIMITS: JsonLimits = { maxLength: 65_536, maxDepth: 20 }

/** Turns whatever was thrown into its stored form. Never throws. */
export function serializeError(thrown: unknown, stepName?: string): SerializedError {
  const at = stepName === undefined ? {} : { stepName }
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: 'Error', message: cut(describe(thrown), MAX_MESSAGE_LENGTH), ...at }
  }
  const name = read(thrown, 'name')
  const message = read(thrown, 'message')
  const stack = read(thrown, 'stack')
  const code = read(thrown, 'code')
  const data = jsonOrNothing(thrown instanceof DurablyError ? thrown.details : read(thrown, 'data'))
  const step = read(thrown, 'stepName')
  return {
    name: typeof name === 'string' && name !== '' ? cut(name, 255) : 'Error',
    message: cut(typeof message === 'string' ? message : describe(thrown), MAX_MESSAGE_LENGTH),
    ...(typeof stack === 'string' ? { stack: cut(stack, MAX_STACK_LENGTH) } : {}),
    ...(typeof code === 'string' || (typeof code === 'number' && Number.isFinite(code)) ? { code } : {}),
    ...(typeof step === 'string' ? { stepName: step } : at),
    ...(data === undefined ? {} : { data }),
  }
}

/** Getters of foreign objects may throw; an error that cannot be read is still an error. */
function read(source: object, key: string): unknown {
  try {
    return (source as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function describe(value: unknown): string {
  try {
    return typeof value === 'object' ? (JSON.stringify(value) ?? 'an object') : String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

function jsonOrNothing(value: unknown): JsonValue | undefined {
  try {
    const text = serialize(value, 'error data', DATA_LIMITS)
    return text === null || text === '{}' ? undefined : (JSON.parse(text) as JsonValue)
  } catch {
    return undefined
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
