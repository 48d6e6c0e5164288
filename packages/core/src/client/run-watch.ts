import { isDurablyError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { AnyRunEvent, Unsubscribe } from '../events/events.ts'
import type { CancelTimer, Scheduler } from '../ports/scheduler.ts'
import type { Storage } from '../ports/storage.ts'
import { toIso } from '../run/iso-time.ts'
import { isTerminal } from '../run/lifecycle.ts'
import type { RunRecord } from '../run/records.ts'
import { aboutRun, toRun } from '../run/run.ts'
import type { Settings } from '../settings.ts'
import { found, requireId } from './existing-run.ts'

/** What watching runs needs. */
export interface WatchPorts {
  readonly storage: Storage
  readonly bus: EventBus
  readonly scheduler: Scheduler
  readonly settings: Settings
}

const LAST_EVENTS: readonly AnyRunEvent['type'][] = ['run:complete', 'run:fail', 'run:cancel', 'run:delete']

/**
 * Follows a run until it ends or the returned function is called: by this instance's events, and by polling what another process
 * does. A run that has ended already tells its last event.
 *
 * @param onEnd the last call: the run has ended and its last event was told, or it cannot be followed for this error
 * @param onPoll called at each look into the storage while another process executes the run; the look waits for its answer
 * @throws DurablyError `OPTION_INVALID` at once when the id is no text
 */
export function followRun(
  runId: string,
  { storage, scheduler, bus, settings }: WatchPorts,
  onEvent: (event: AnyRunEvent) => void,
  onEnd: (error?: unknown) => void,
  onPoll?: () => Promise<void>,
): Unsubscribe {
  requireId(runId)
  let cancelPoll: CancelTimer
  let open = true
  let executedHere = false
  /** The last execution heard of here, and the one the last look found. */
  let heard = 0
  let looked: number | null = null
  let lastProgressJson: string | null = null

  const close = () => {
    if (!open) return
    open = false
    cancelPoll()
    unfollow()
  }
  const tell = (event: AnyRunEvent) => {
    if (!open) return
    onEvent(event)
    if (!LAST_EVENTS.includes(event.type)) return
    close()
    onEnd()
  }
  const unfollow = bus.follow(runId, (event) => {
    if (event.type !== 'run:trigger') executedHere = true
    if ('generation' in event) heard = event.generation
    tell(event)
  })
  const look = async () => {
    try {
      const record = found(await storage.getRun(runId), runId)
      // Another execution than before may be another process's.
      if (looked !== null && looked !== record.generation) executedHere = heard === record.generation
      looked = record.generation
      if (open && !executedHere) await onPoll?.()
      if (!executedHere && record.progressJson !== lastProgressJson) {
        lastProgressJson = record.progressJson
        const { progress } = toRun(record)
        if (progress)
          tell({ type: 'run:progress', progress, ...stored(record, record.heartbeatAt ?? record.createdAt) })
      }
      if (isTerminal(record.status)) tell(lastEvent(record))
    } catch (error) {
      if (!open || (isDurablyError(error) && error.retryable)) return
      close()
      onEnd(error)
    }
  }
  const poll = () => {
    cancelPoll = scheduler.after(settings.pollingInterval, () => void look().then(() => open && poll()))
  }
  poll()
  void look()
  return close
}

/** Events rebuilt from the stored run carry the sequence 0: this instance did not publish them. */
function stored(record: RunRecord, time: number) {
  return { ...aboutRun(record), timestamp: toIso(time), sequence: 0 }
}

function lastEvent(record: RunRecord): AnyRunEvent {
  const { status, output, error } = toRun(record)
  const finishedAt = record.finishedAt ?? record.createdAt
  const about = stored(record, finishedAt)
  const durationMs = Math.max(0, finishedAt - (record.startedAt ?? finishedAt))
  if (status === 'completed')
    return { type: 'run:complete', ...about, output: output ?? undefined, durationMs }
  if (status === 'cancelled') return { type: 'run:cancel', ...about }
  return { type: 'run:fail', ...about, error: error ?? UNREADABLE_ERROR, durationMs }
}

const UNREADABLE_ERROR = {
  name: 'Error',
  message: 'The stored error is unreadable.',
  code: 'CORRUPT_ROW',
}
