import { DurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { AnyJob } from '../job/job.ts'
import { validate } from '../job/schema.ts'
import { parse, sameJson } from '../json.ts'
import { optionError } from '../options.ts'
import type { Clock } from '../ports/clock.ts'
import type { Enqueued, NewRun, Storage } from '../ports/storage.ts'
import type { RunRecord } from '../run/records.ts'
import { type Run, toRun } from '../run/run.ts'
import type { Settings } from '../settings.ts'
import type { TriggerOptions } from './job-handle.ts'
import { inputInvalid, prepareRun } from './new-run.ts'

/** What storing runs needs. */
export interface TriggersPorts {
  readonly storage: Storage
  readonly clock: Clock
  readonly bus: EventBus
  readonly settings: Settings
  /** Plugins that must be set up before anything is triggered; null when they are. */
  readonly ready: () => Promise<void> | null
  /** Wakes the worker of this instance: now (null), or at a time. */
  readonly nudge: (dueAt: number | null) => void
}

/** A triggered run with what is to be said about it, untyped. */
export type AnyTriggered = Run & { readonly created: boolean; readonly inputDiffers: boolean }

/** Puts runs in. */
export class Triggers {
  readonly #ports: TriggersPorts

  constructor(ports: TriggersPorts) {
    this.#ports = ports
  }

  async one(job: AnyJob, input: unknown, options: TriggerOptions = {}): Promise<AnyTriggered> {
    const { clock, settings } = this.#ports
    const prepared = prepareRun(job, input, options, settings.limits, clock.now())
    const [triggered] = await this.#store([prepared instanceof Promise ? await prepared : prepared])
    if (!triggered)
      throw new DurablyError('STORAGE_IO', 'The storage answered no run for the one that was triggered.')
    return triggered
  }

  async batch(
    job: AnyJob,
    items: readonly { readonly input?: unknown; readonly options?: TriggerOptions | undefined }[],
  ): Promise<AnyTriggered[]> {
    const { clock, settings } = this.#ports
    if (!Array.isArray(items))
      throw optionError('items', 'must be an array of { input, options }', typeof items)
    const { batch } = settings.limits
    if (items.length > batch) {
      throw new DurablyError(
        'LIMIT_EXCEEDED',
        `The batch has ${items.length} items, the limit is ${batch}. Send several batches.`,
        {
          details: { length: items.length, limit: batch },
        },
      )
    }
    const now = clock.now()
    const runs: NewRun[] = []
    for (const [index, item] of items.entries()) {
      try {
        const prepared = prepareRun(job, item.input, item.options ?? {}, settings.limits, now)
        runs.push(prepared instanceof Promise ? await prepared : prepared)
      } catch (error) {
        throw atIndex(error, index)
      }
    }
    return runs.length === 0 ? [] : this.#store(runs)
  }

  /** Stores a run with the input of another one, linked to it. */
  async again(original: RunRecord): Promise<AnyTriggered> {
    const labels = toRun(original).labels
    const [triggered] = await this.#store([
      {
        jobName: original.jobName,
        inputJson: original.inputJson,
        idempotencyKey: null,
        concurrencyKey: original.concurrencyKey,
        labels: Object.keys(labels).length === 0 ? null : labels,
        readyAt: null,
        originId: original.id,
      },
    ])
    if (!triggered)
      throw new DurablyError('STORAGE_IO', 'The storage answered no run for the one that was triggered.')
    return triggered
  }

  async #store(runs: readonly NewRun[]): Promise<AnyTriggered[]> {
    const { storage, clock, bus, nudge, ready } = this.#ports
    const waiting = ready()
    if (waiting !== null) await waiting
    const storing = storage.enqueue(runs, clock.now())
    // In the same turn, so that an idle worker's claim shares the commit.
    for (const dueAt of dueTimes(runs)) nudge(dueAt)
    const stored = await storing
    return stored.map((enqueued, index) => {
      const triggered = toTriggered(enqueued, runs[index])
      if (triggered.created) {
        const { id, jobName, labels, input } = triggered
        bus.publish('run:trigger', () => ({ runId: id, jobName, labels, input }))
      }
      return triggered
    })
  }
}

/**
 * Checks a stored input against today's schema of its job.
 *
 * @throws DurablyError `INPUT_INVALID`, `CORRUPT_ROW`
 */
export async function checkStoredInput(job: AnyJob, record: RunRecord): Promise<void> {
  if (!job.input) return
  const parsed = await validate(job.input, parse(record.inputJson === '' ? null : record.inputJson, 'input'))
  if (!parsed.ok) throw inputInvalid(job, parsed.issues)
}

function toTriggered({ run, created }: Enqueued, sent: NewRun | undefined): AnyTriggered {
  return {
    ...toRun(run),
    created,
    inputDiffers: !created && sent !== undefined && differs(run.inputJson, sent.inputJson),
  }
}

function differs(storedJson: string, sentJson: string): boolean {
  try {
    return !sameJson(storedJson, sentJson)
  } catch {
    return true
  }
}

/** Null for runs that are claimable at once, and the first time of those that are not. */
function dueTimes(runs: readonly NewRun[]): (number | null)[] {
  let now = false
  let first = Number.POSITIVE_INFINITY
  for (const { readyAt } of runs) {
    if (readyAt === null) now = true
    else if (readyAt < first) first = readyAt
  }
  return [...(now ? [null] : []), ...(first < Number.POSITIVE_INFINITY ? [first] : [])]
}

function atIndex(error: unknown, index: number): unknown {
  if (!(error instanceof DurablyError)) return error
  return new DurablyError(error.code, `Item ${index}: ${error.message} Nothing was stored.`, {
    cause: error,
    retryable: error.retryable,
    details: { ...error.details, index },
  })
}
