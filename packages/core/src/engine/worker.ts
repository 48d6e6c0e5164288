import { isDurablyError } from '../errors.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import { createDispatcher } from './dispatcher.ts'
import { createDueTimer } from './due-timer.ts'
import { type EnginePorts, isFatal, publishError } from './engine-ports.ts'

/** The loop around a dispatcher: when to look for work. One object from `start` to `stop`. */
export type Worker = ReturnType<typeof startWorker>

const EXPIRE_INTERVAL_MS = 60_000
const EXPIRE_PAUSE_MS = 50

/**
 * @param exclusive every lease counts as ended: whoever held it has lost the database
 * @param expire deletes one bounded piece of expired runs; answers whether there may be more
 * @param onGaveUp the worker stopped by itself
 */
export function startWorker(
  ports: EnginePorts,
  exclusive: boolean,
  expire: () => Promise<boolean>,
  onGaveUp: () => void,
) {
  const { storage, scheduler, random, bus, settings, report } = ports
  const timers = new Map<string, CancelTimer>()
  let open = true

  const dispatcher = createDispatcher(ports, (error) => {
    publishError(bus, error)
    if (isDurablyError(error) && !isFatal(error)) return true
    report(error, 'the worker (now stopped)')
    onGaveUp()
    return false
  })
  const due = createDueTimer(ports, dispatcher.request)

  const after = (name: string, delayMs: number, run: () => void) => {
    if (open) timers.set(name, scheduler.after(delayMs, run))
  }

  const look = () => {
    dispatcher.request()
    void due.ask()
  }

  const planPoll = () => {
    // Jitter keeps many processes on one file from asking in step.
    after('poll', settings.pollingInterval * (0.9 + 0.1 * random()), () => {
      planPoll()
      look()
    })
  }

  const planExpiry = (delayMs: number) => {
    after('expiry', delayMs, () => {
      void expire()
        .catch((error: unknown) => publishError(bus, error))
        .then((more) => planExpiry(more ? EXPIRE_PAUSE_MS : EXPIRE_INTERVAL_MS))
    })
  }

  const close = () => {
    if (!open) return
    open = false
    for (const cancel of timers.values()) cancel()
    due.close()
    stopWatching?.()
    dispatcher.close()
  }

  void dispatcher.recover(exclusive)
  look()
  planPoll()
  if (settings.retainMs !== null) planExpiry(EXPIRE_INTERVAL_MS * random())
  const stopWatching = storage.watch?.(look)

  return {
    ...dispatcher,

    /** There may be work: look at once. With a time: there is work then. */
    nudge(dueAt: number | null) {
      if (dueAt === null) dispatcher.request()
      else due.plan(dueAt)
    },

    /** Looks for no more work. Runs in progress go on, their leases are kept. */
    close,

    /** The database is lost to another owner: what is executed is interrupted, and nothing is written any more. */
    depose() {
      close()
      dispatcher.depose()
    },

    dispose() {
      close()
      dispatcher.dispose()
    },
  }
}
