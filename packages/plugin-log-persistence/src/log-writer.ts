import {
  type CancelTimer,
  DurablyError,
  isDurablyError,
  type NewLogEntry,
  type PluginHost,
} from '@durably/core'

/** How lines are gathered; see the plugin's options. */
export interface LogWriterSettings {
  readonly flushIntervalMs: number
  readonly maxBatch: number
  readonly maxBuffered: number
}

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000
/** How long `close` goes on trying while the database takes nothing. */
const CLOSE_BUDGET_MS = 10_000

/** Keeps lines in order and writes them in batches, one at a time, and again while the database is in trouble. */
export class LogWriter {
  readonly #host: PluginHost
  readonly #settings: LogWriterSettings
  readonly #lines: NewLogEntry[] = []
  /** How many of the waiting lines, from the front, are to be written without waiting for the interval. */
  #due = 0
  #dropped = 0
  /** Writes in a row that failed and will be repeated. */
  #failures = 0
  #writing: Promise<void> | null = null
  #cancelTimer: CancelTimer | null = null
  #isOpen = true

  constructor(host: PluginHost, settings: LogWriterSettings) {
    this.#host = host
    this.#settings = settings
  }

  add(line: NewLogEntry): void {
    const { maxBuffered, maxBatch, flushIntervalMs } = this.#settings
    if (this.#lines.length >= maxBuffered) {
      this.#dropped += 1
      return
    }
    this.#lines.push(line)
    if (this.#lines.length >= maxBatch) this.flush()
    else this.#plan(flushIntervalMs)
  }

  /** Writes what is waiting now. While the database is in trouble, the next retry does. */
  flush(): void {
    this.#due = this.#lines.length
    if (this.#failures === 0) void this.#write()
  }

  /** Resolves when what is waiting now is written, or the database is in trouble. */
  async flushed(): Promise<void> {
    this.flush()
    await this.#writing
  }

  /** Resolves when everything is written, or when the database has taken nothing for too long. */
  async close(): Promise<void> {
    const { clock, scheduler } = this.#host
    const giveUpAt = clock.monotonic() + CLOSE_BUDGET_MS
    this.#isOpen = false
    while (this.#lines.length > 0 && clock.monotonic() < giveUpAt) {
      this.#due = this.#lines.length
      await this.#write()
      if (this.#failures > 0) {
        await new Promise<void>((resolve) => scheduler.after(this.#retryDelayMs(), resolve))
      }
    }
    this.#cancelPlan()
    this.#dropped += this.#lines.splice(0).length
    this.#reportDropped()
  }

  #write(): Promise<void> {
    if (this.#due === 0) return Promise.resolve()
    this.#writing ??= this.#writeDue()
    return this.#writing
  }

  /** Never rejects: what goes wrong is reported once, and repeated where that may help. */
  async #writeDue(): Promise<void> {
    this.#cancelPlan()
    while (this.#due > 0) {
      const batch = this.#lines.slice(0, this.#settings.maxBatch)
      try {
        await this.#host.appendLogs(batch)
        this.#failures = 0
      } catch (error) {
        if (this.#failures === 0) this.#host.reportError(error)
        if (isDurablyError(error) && error.retryable) {
          this.#failures += 1
          break
        }
        this.#dropped += batch.length
      }
      this.#lines.splice(0, batch.length)
      this.#due = Math.max(0, this.#due - batch.length)
    }
    this.#writing = null
    if (this.#failures > 0) this.#plan(this.#retryDelayMs())
    else {
      this.#reportDropped()
      if (this.#lines.length > 0) this.#plan(this.#settings.flushIntervalMs)
    }
  }

  #plan(delayMs: number): void {
    if (!this.#isOpen) return
    this.#cancelTimer ??= this.#host.scheduler.after(delayMs, () => {
      this.#cancelTimer = null
      this.#due = this.#lines.length
      void this.#write()
    })
  }

  #cancelPlan(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }

  #retryDelayMs(): number {
    return Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS)
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return
    const dropped = this.#dropped
    this.#dropped = 0
    this.#host.reportError(
      new DurablyError(
        'LIMIT_EXCEEDED',
        `${dropped} log lines were dropped because the database did not take them in time. Their runs are not affected.`,
        { details: { dropped } },
      ),
    )
  }
}
