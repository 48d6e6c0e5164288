import { DurablyError, type LogWriteEvent, type NewLogEntry, type Plugin } from '@durably/core'
import { LogWriter } from './log-writer.ts'

/** How lines are gathered before they are written. */
export interface LogPersistenceOptions {
  /** Milliseconds a line waits for others at most. Default 100. */
  readonly flushIntervalMs?: number | undefined
  /** Lines written at once; that many waiting lines are written without waiting longer. Default 500. */
  readonly maxBatch?: number | undefined
  /**
   * Lines kept while the database takes none. When they are that many, newer ones are dropped and `onError` is told how many.
   * Default 10,000.
   */
  readonly maxBuffered?: number | undefined
}

/**
 * Stores the log lines of runs, so that `durably.getLogs(runId)` finds them; they live as long as their run.
 *
 * Lines are written in batches, at the latest when the run they belong to has completed or failed, before this instance reads
 * logs, and when it stops.
 * Those of an execution that lost its run meanwhile (taken over, cancelled) are dropped like everything else it writes. A line
 * may be stored twice when the answer of a write was lost.
 *
 * @throws DurablyError `OPTION_INVALID` naming the option
 * @example
 * const durably = createDurably({ storage, jobs, plugins: [logPersistence()] })
 * const lines = await durably.getLogs(run.id)
 */
export function logPersistence(options: LogPersistenceOptions = {}): Plugin {
  const { flushIntervalMs = 100, maxBatch = 500, maxBuffered = 10_000 } = options
  requireAtLeastOne('flushIntervalMs', flushIntervalMs)
  requireAtLeastOne('maxBatch', maxBatch)
  requireAtLeastOne('maxBuffered', maxBuffered)
  return {
    name: 'log-persistence',
    setup(host) {
      const writer = new LogWriter(host, { flushIntervalMs, maxBatch, maxBuffered })
      host.on('log:write', (event) => writer.add(toEntry(event)))
      host.on('run:complete', () => writer.flush())
      host.on('run:fail', () => writer.flush())
      host.beforeLogsAreRead(() => writer.flushed())
      return () => writer.close()
    },
  }
}

function toEntry(event: LogWriteEvent): NewLogEntry {
  const { runId, generation, stepName, level, message, data, timestamp } = event
  return {
    runId,
    generation,
    stepName,
    level,
    message,
    dataJson: data === undefined ? null : JSON.stringify(data),
    createdAt: Date.parse(timestamp),
  }
}

function requireAtLeastOne(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new DurablyError(
    'OPTION_INVALID',
    `logPersistence: "${option}" must be a whole number of at least 1; got ${String(value)}.`,
    { details: { option } },
  )
}
