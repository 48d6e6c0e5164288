import { readFileSync } from 'node:fs'

/** What can be said about an import that was killed several times. */
interface Proof {
  readonly recorded: number
  /** Bodies that began, the repeated ones included. */
  readonly begun: number
  /** Bodies that had begun and were not recorded when their process was killed, and so began again. */
  readonly repeated: readonly string[]
  /** Bodies that began although their result was recorded already: what must not happen. */
  readonly executedTwice: readonly string[]
}

/** A line of the journal that the workers write, beside and independent of Durably, when a body begins. */
interface JournalEntry {
  readonly stepName: string
  /** Which execution of the run: grows with each worker that takes it. */
  readonly generation: number
}

/** What was recorded at the moment a worker was dead and the next one was not yet born. */
export interface Snapshot {
  readonly recorded: ReadonlySet<string>
  /** Lines of the journal by then. */
  readonly begun: number
}

/** The bodies that have begun so far, in order. A line the killed process did not finish is none. */
export function readJournal(path: string): readonly JournalEntry[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as JournalEntry)
}

/**
 * Compares the journal with what was recorded. A step was executed twice when its body began after a snapshot that holds its
 * record, or more than once in one execution of the run.
 */
export function prove(
  journal: readonly JournalEntry[],
  snapshots: readonly Snapshot[],
  recorded: ReadonlySet<string>,
): Proof {
  const repeated: string[] = []
  const executedTwice: string[] = []
  for (const [i, { stepName, generation }] of journal.entries()) {
    const earlier = journal.slice(0, i).filter((entry) => entry.stepName === stepName)
    if (earlier.length === 0) continue
    const wasRecorded = snapshots.some((snapshot) => snapshot.begun <= i && snapshot.recorded.has(stepName))
    if (wasRecorded || earlier.some((entry) => entry.generation === generation)) executedTwice.push(stepName)
    else repeated.push(stepName)
  }
  return { recorded: recorded.size, begun: journal.length, repeated, executedTwice }
}
