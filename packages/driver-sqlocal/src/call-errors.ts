import { DurablyError } from '@durably/core'
import type { SentFailure } from './worker/protocol.ts'

/** The database refused a call; nothing of it is stored. */
export class CallFailed extends Error {
  /** SQLite's number, which tells why. */
  readonly resultCode: number | undefined
  readonly statementIndex: number | null
  /** The file is held by another context, which may let go of it any moment. */
  readonly held: boolean

  constructor({ message, resultCode, statementIndex, held = false }: SentFailure) {
    super(message)
    this.name = 'CallFailed'
    this.resultCode = resultCode ?? undefined
    this.statementIndex = statementIndex
    this.held = held
  }

  /** To pass it on to another tab. */
  toSent(): SentFailure {
    const { message, resultCode = null, statementIndex, held } = this
    return { message, resultCode, statementIndex, held }
  }
}

/** The way to the database broke before the answer came: the call may have been carried out or not. */
export class CallLost extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'CallLost'
  }
}

/** Nobody who could answer: nothing was done, and a moment later there may be somebody. */
export function nobodyLeads(): DurablyError {
  return new DurablyError(
    'STORAGE_BUSY',
    'No tab holds the database at the moment: its leader is changing, or does not answer. Try again.',
  )
}

/** A tab that is open since before a deployment, or was loaded after it. */
export function otherVersionLeads(): DurablyError {
  return new DurablyError(
    'STORAGE_BUSY',
    'A tab with another version of this page holds the database. Reload all tabs of the page, or close that one.',
  )
}

export function stopped(): DurablyError {
  return new DurablyError('STOPPED', 'The storage was closed. Create a new one to go on.')
}
