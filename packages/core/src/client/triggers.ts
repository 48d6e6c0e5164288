import { DurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { AnyJob } from '../job/job.ts'
import { sameJson } from '../json.ts'
import { requireWithin } from '../limits.ts'
import { optionError } from '../options.ts'
import type { Clock } from '../ports/clock.ts'
import type { NewRun, Storage } from '../ports/storage.ts'
import type { RunRecord } from '../run/records.ts'
import { aboutRun, type Run, toRun } from '../run/run.ts'
import type { Settings } from '../settings.ts'
import type { TriggerOptions } from './job-handle.ts'
import { prepareRun } from './new-run.ts'

/** What storing runs needs. */
export interface TriggersPorts {
  readonly storage: Storage
  readonly clock: Clock
  readonly bus: EventBus
  readonly settings: Settings
  /** Plugins that must be set up before anything is triggered; null when they are. */
  readonly ready: () => Promise<unknown> | null
  /** Wakes the worker of this instance: now (null), or at a time. */
  readonly nudge: (dueAt: number | null) => void
}

/** A triggered run with what is to be said about it, untyped. */
export type AnyTriggered = Run & { readonly created: boolean; readonly inputDiffers: boolean }

/** One element of a batch, untyped. */
interface AnyBatchItem {
  readonly input?: unknown
  readonly options?: TriggerOptions | undefined
}

/** Puts runs in. */
export type Triggers = ReturnType<typeof createTriggers>

export function createTriggers({ storage, clock, bus, settings, ready, nudge }: TriggersPorts) {
  const { limits } = settings

  /** @param onStored called before a worker of this instance can have begun */
  const store = async (
    runs: readonly NewRun[],
    onStored?: (runId: string) => void,
  ): Promise<AnyTriggered[]> => {
    const settingUp = ready()
    if (settingUp !== null) await settingUp
    const storing = storage.enqueue(runs, clock.now())
    // In the same turn, so that an idle worker's claim shares the commit.
    for (const dueAt of new Set(runs.map(({ readyAt }) => readyAt))) nudge(dueAt)
    return (await storing).map(({ run, created }, index) => {
      const triggered = toRun(run)
      const { input } = triggered
      onStored?.(run.id)
      if (created) bus.publish('run:trigger', () => ({ ...aboutRun(run), input }))
      return {
        ...triggered,
        created,
        inputDiffers: !created && !sameJson(run.inputJson, runs[index]?.inputJson ?? ''),
      }
    })
  }

  /** A storage answers a run for each that is stored. */
  const storeOne = async (run: NewRun, onStored?: (runId: string) => void) =>
    (await store([run], onStored))[0] as AnyTriggered

  return {
    async one(job: AnyJob, input: unknown, options: TriggerOptions = {}, onStored?: (runId: string) => void) {
      const prepared = prepareRun(job, input, options, limits, clock.now())
      return storeOne(prepared instanceof Promise ? await prepared : prepared, onStored)
    },

    async batch(job: AnyJob, items: readonly AnyBatchItem[]) {
      if (!Array.isArray(items)) throw optionError('items', 'an array of { input, options }', items)
      requireWithin(limits.batch, items.length, 'batch', 'limits.batch', 'items')
      const now = clock.now()
      const runs: NewRun[] = []
      for (const [index, item] of items.entries()) {
        try {
          if (typeof item !== 'object' || item === null) throw optionError('item', '{ input, options }', item)
          const { input, options } = item
          const prepared = prepareRun(job, input, options ?? {}, limits, now)
          runs.push(prepared instanceof Promise ? await prepared : prepared)
        } catch (error) {
          throw atIndex(error, index)
        }
      }
      return runs.length === 0 ? [] : store(runs)
    },

    /** Stores a run with the input of another one, linked to it. */
    again(original: RunRecord) {
      const { jobName, inputJson, concurrencyKey, id: originId } = original
      const { labels } = aboutRun(original)
      return storeOne({
        jobName,
        inputJson,
        idempotencyKey: null,
        concurrencyKey,
        labels: Object.keys(labels).length > 0 ? labels : null,
        readyAt: null,
        originId,
      })
    },
  }
}

function atIndex(error: unknown, index: number): unknown {
  if (!(error instanceof DurablyError)) return error
  return new DurablyError(error.code, `Nothing was stored, because of item ${index}: ${error.message}`, {
    cause: error,
    retryable: error.retryable,
    details: { ...error.details, index },
  })
}
