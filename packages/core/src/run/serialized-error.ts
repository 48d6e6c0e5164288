import { cut, describe } from '../describe.ts'
import { DurablyError } from '../errors.ts'
import { type JsonLimits, type JsonValue, parse, serialize } from '../json.ts'

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

const MAX_NAME_LENGTH = 255
const MAX_MESSAGE_LENGTH = 8_192
const MAX_STACK_LENGTH = 16_384
const DATA_LIMITS: JsonLimits = { maxLength: 65_536, maxDepth: 20, option: 'an error' }

/** Turns whatever was thrown into its stored form. Never throws. */
export function serializeError(thrown: unknown, stepName?: string): SerializedError {
  const code = read(thrown, 'code')
  const error = {
    name: readText(thrown, 'name', MAX_NAME_LENGTH) || 'Error',
    message: readText(thrown, 'message', MAX_MESSAGE_LENGTH) ?? cut(describe(thrown), MAX_MESSAGE_LENGTH),
    stack: readText(thrown, 'stack', MAX_STACK_LENGTH),
    code: typeof code === 'string' || Number.isFinite(code) ? code : undefined,
    stepName: readText(thrown, 'stepName', MAX_MESSAGE_LENGTH) ?? stepName,
    data: readData(thrown instanceof DurablyError ? thrown.details : read(thrown, 'data')),
  }
  const present = Object.entries(error).filter(([, member]) => member !== undefined)
  return Object.fromEntries(present) as unknown as SerializedError
}

/** Getters of foreign objects may throw; an error that cannot be read is still an error. */
function read(source: unknown, key: string): unknown {
  try {
    return (source as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function readText(source: unknown, key: string, maxLength: number): string | undefined {
  const value = read(source, key)
  return typeof value === 'string' ? cut(value, maxLength) : undefined
}

function readData(value: unknown): unknown {
  try {
    const text = serialize(value, 'error data', DATA_LIMITS)
    return text === '{}' ? undefined : parse(text, 'error data')
  } catch {
    return undefined
  }
}
