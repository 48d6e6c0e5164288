import type { EventBus } from '../events/bus.ts'
import type { Logger } from '../job/step-context.ts'
import type { JsonLimits, JsonValue } from '../json.ts'
import { serialize } from '../json.ts'
import type { LogLevel } from '../ports/storage.ts'

/** The run a logger writes for. */
export interface LogSource {
  readonly runId: string
  readonly jobName: string
  readonly labels: Readonly<Record<string, string>>
  readonly generation: number
}

const MAX_MESSAGE_LENGTH = 8_192
const DATA_LIMITS: JsonLimits = { maxLength: 65_536, maxDepth: 100 }

/** A logger whose lines name the step that `stepName` answers when they are written. */
export function createLogger(bus: EventBus, source: LogSource, stepName: () => string | null): Logger {
  const write = (level: LogLevel, message: string, data: unknown) =>
    bus.publish('log:write', () => ({
      runId: source.runId,
      jobName: source.jobName,
      labels: source.labels,
      generation: source.generation,
      stepName: stepName(),
      level,
      message: cut(typeof message === 'string' ? message : show(message)),
      data: toLogData(data),
    }))
  return {
    info: (message, data) => write('info', message, data),
    warn: (message, data) => write('warn', message, data),
    error: (message, data) => write('error', message, data),
  }
}

/** Data a log line can carry; what is not JSON is replaced by text that says what it was. */
function toLogData(data: unknown): JsonValue | undefined {
  if (data === undefined) return undefined
  try {
    return JSON.parse(serialize(data, 'log data', DATA_LIMITS) as string) as JsonValue
  } catch (error) {
    if (data instanceof Error) return { name: data.name, message: data.message }
    return `[not shown: ${error instanceof Error ? error.message : 'unreadable'}]`
  }
}

/** A log line is no place for a document; what is cut shows that it was. */
function cut(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}…`
}

function show(value: unknown): string {
  try {
    return String(value)
  } catch {
    return '[not shown]'
  }
}
