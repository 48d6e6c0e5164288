import { isDurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { AnyEvent, Unsubscribe } from '../events/events.ts'
import type { Clock } from '../ports/clock.ts'
import type { CancelTimer, Scheduler } from '../ports/scheduler.ts'
import type { Storage } from '../ports/storage.ts'
import { toIso } from '../run/iso-time.ts'
import { isTerminal } from '../run/lifecycle.ts'
import type { Progress } from '../run/progress.ts'
import type { RunRecord } from '../run/records.ts'
import { toRun } from '../run/run.ts'
import { found, requireId } from './existing-run.ts'

/** An event about a run. */
export type AnyRunEvent = Extract<AnyEvent, { runId: string }>

/** What watching runs needs. */
export interface WatchPorts {
  readonly storage: Storage
  readonly bus: EventBus
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly pollingIntervalMs: number
}

/** Told about one run. `ended` or `failed` is the last call. */
export interface RunObserver {
  event(event: AnyRunEvent): void
  /** The run has ended; its last event was told before. */
  ended(): void
  failed(error: unknown): void
  /** Called at each look into the storage while another process executes the run; it waits for the answer. */
  polled?(): Promise<void>
}

/** Follows runs: by this instance's events, and by polling what another process does. */
export class RunWatch {
  readonly #ports: WatchPorts
  readonly #observers = new Map<string, Set<(event: AnyRunEvent) => void>>()
  #unsubscribe: Unsubscribe | null = null

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  /**
   * Follows a run until it ends or the returned function is called. A run that has ended already tells its last event.
   *
   * @throws DurablyError `OPTION_INVALID` at once when the id is no text
   */
  follow(runId: string, observer: RunObserver): Unsubscribe {
    requireId(runId)
    const { scheduler, pollingIntervalMs } = this.#ports
    let cancelPoll: CancelTimer = () => {}
    let open = true
    let executedHere = false
    let lastProgressJson: string | null = null

    const close = () => {
      if (!open) return
      open = false
      cancelPoll()
      this.#remove(runId, onEvent)
    }
    const tell = (event: AnyRunEvent) => {
      observer.event(event)
      if (!isLast(event)) return
      close()
      observer.ended()
    }
    const onEvent = (event: AnyRunEvent) => {
      if (event.type !== 'run:trigger') executedHere = true
      if (event.type === 'run:progress') lastProgressJson = JSON.stringify(event.progress)
      tell(event)
    }
    const look = async () => {
      try {
        const stored = await this.#ports.storage.getRun(runId)
        if (!open) return
        const record = found(stored, runId)
        if (!executedHere) await observer.polled?.()
        if (!open) return
        if (!executedHere && record.progressJson !== null && record.progressJson !== lastProgressJson) {
          lastProgressJson = record.progressJson
          const event = progressEvent(record)
          if (event) tell(event)
        }
        if (isTerminal(record.status)) tell(lastEvent(record))
      } catch (error) {
        if (!open || (isDurablyError(error) && error.retryable)) return
        close()
        observer.failed(error)
      }
    }
    const poll = () => {
      cancelPoll = scheduler.after(pollingIntervalMs, () => void look().then(() => open && poll()))
    }
    this.#add(runId, onEvent)
    void look()
    poll()
    return close
  }

  #add(runId: string, observer: (event: AnyRunEvent) => void): void {
    const observers = this.#observers.get(runId) ?? new Set()
    this.#observers.set(runId, observers.add(observer))
    // One subscription however many runs are followed: each event is looked up, not offered to everyone.
    this.#unsubscribe ??= this.#ports.bus.on('*', (event) => {
      if (!('runId' in event)) return
      for (const each of [...(this.#observers.get(event.runId) ?? [])]) each(event)
    })
  }

  #remove(runId: string, observer: (event: AnyRunEvent) => void): void {
    const observers = this.#observers.get(runId)
    observers?.delete(observer)
    if (observers?.size === 0) this.#observers.delete(runId)
    if (this.#observers.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = null
  }
}

function isLast(event: AnyRunEvent): boolean {
  switch (event.type) {
    case 'run:complete':
    case 'run:fail':
    case 'run:cancel':
    case 'run:delete':
      return true
    default:
      return false
  }
}

/** Events rebuilt from the stored run carry the sequence 0: this instance did not publish them. */
function base(record: RunRecord, time: number) {
  const run = toRun(record)
  return { runId: run.id, jobName: run.jobName, labels: run.labels, timestamp: toIso(time), sequence: 0 }
}

function progressEvent(record: RunRecord): AnyRunEvent | null {
  const progress: Progress | null = toRun(record).progress
  return (
    progress && { type: 'run:progress', ...base(record, record.heartbeatAt ?? record.createdAt), progress }
  )
}

function lastEvent(record: RunRecord): AnyRunEvent {
  const run = toRun(record)
  const finishedAt = record.finishedAt ?? record.createdAt
  const about = base(record, finishedAt)
  const durationMs = Math.max(0, finishedAt - (record.startedAt ?? finishedAt))
  if (run.status === 'completed')
    return { type: 'run:complete', ...about, output: run.output ?? undefined, durationMs }
  if (run.status === 'cancelled') return { type: 'run:cancel', ...about }
  const error = run.error ?? {
    name: 'Error',
    message: 'The stored error cannot be read.',
    code: 'CORRUPT_ROW',
  }
  return { type: 'run:fail', ...about, error, durationMs }
}
