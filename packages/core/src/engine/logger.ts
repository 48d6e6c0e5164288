import { cut, describe, isError, reasonOf } from '../describe.ts'
import type { EventBus } from '../events/bus.ts'
import type { Logger } from '../job/step-context.ts'
import { type JsonLimits, type JsonValue, parse, serialize } from '../json.ts'
import type { LogLevel } from '../ports/storage.ts'
import { serializeError } from '../run/serialized-error.ts'
import type { Attempt } from './attempt.ts'

const MAX_MESSAGE_LENGTH = 8_192
const DATA_LIMITS: JsonLimits = { maxLength: 65_536, maxDepth: 100, option: 'a line' }

/** A logger whose lines name the step that `stepName` answers when they are written. */
export function createLogger(bus: EventBus, attempt: Attempt, stepName: () => string | null): Logger {
  const at = (level: LogLevel) => (message: unknown, data: unknown) =>
    bus.publish('log:write', () => ({
      ...attempt.about,
      generation: attempt.generation,
      stepName: stepName(),
      level,
      message: cut(describe(message), MAX_MESSAGE_LENGTH),
      data: toLogData(data),
    }))
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** Data a log line can carry; what is not JSON is replaced by text that says what it was. */
function toLogData(data: unknown): JsonValue | undefined {
  try {
    return parse(serialize(data, 'log data', DATA_LIMITS), 'log data') as JsonValue | undefined
  } catch (error) {
    if (isError(data)) {
      const { name, message } = serializeError(data)
      return { name, message }
    }
    return `[not shown: ${reasonOf(error)}]`
  }
}
