import { isoOrNull } from '../run/iso-time.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import type { EnginePorts } from './engine-ports.ts'

/** When `processUntilIdle` stops claiming. */
export interface ProcessOptions {
  /** At most this many runs. Default: as many as are due. */
  readonly maxRuns?: number | undefined
  /** Wall time in milliseconds since the epoch after which nothing more is claimed. Runs begun before it finish. */
  readonly deadline?: number | undefined
}

/** What `processUntilIdle` did. */
export interface ProcessResult {
  /** Runs executed. */
  readonly processed: number
  /** When the next delayed or sleeping run is due, ISO 8601; null: none is waiting for a time. */
  readonly nextDueAt: string | null
}

/** What a pass did. */
export interface PassResult {
  /** Ids of the runs that were executed. */
  readonly taken: readonly string[]
  readonly nextDueAt: string | null
}

/**
 * One pass over what is due, without polling: takes, executes, wakes, until nothing is left or allowed. Rejects with what the
 * storage answered when runs could not be claimed.
 *
 * @param passes where its dispatcher stands while it executes
 * @param exclusive every lease counts as ended: whoever held it has lost the database
 * @param maxRuns how many runs the pass may take in all; asked at each claim
 */
export async function runPass(
  ports: EnginePorts,
  passes: Set<Dispatcher>,
  exclusive: boolean,
  maxRuns: () => number,
): Promise<PassResult> {
  const { storage, clock, registry } = ports
  const taken: string[] = []
  const allowance = () => maxRuns() - taken.length
  const isDue = (dueAt: number | null) => dueAt !== null && dueAt <= clock.now()
  let failure: { readonly error: unknown } | undefined
  const dispatcher = createDispatcher(
    ports,
    (error) => {
      failure = { error }
      return false
    },
    allowance,
    (runId) => taken.push(runId),
  )
  passes.add(dispatcher)
  try {
    await dispatcher.recover(exclusive)
    let dueAt = await storage.nextDue(registry.names)
    for (;;) {
      const woken = isDue(dueAt) ? storage.wake(registry.names, clock.now()) : null
      dispatcher.request()
      await woken
      await dispatcher.drained()
      if (failure) throw failure.error
      // Asked again: what was executed may have stored delayed runs, and time has passed.
      dueAt = await storage.nextDue(registry.names)
      if (!isDue(dueAt) || !dispatcher.isOpen() || allowance() <= 0)
        return { taken, nextDueAt: isoOrNull(dueAt) }
    }
  } finally {
    dispatcher.close()
    await dispatcher.drained()
    dispatcher.dispose()
    passes.delete(dispatcher)
  }
}
