import { appendFileSync, closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What happened, written down by whoever did it and independently of the engine. */
export type JournalLine =
  /** A trigger was answered. */
  | {
      readonly kind: 'acknowledged'
      readonly runId: string
      readonly idempotencyKey: string | null
    }
  /** A body was called. */
  | { readonly kind: 'begin'; readonly runId: string; readonly step: string; readonly generation: number }
  /** A body is about to return. */
  | { readonly kind: 'end'; readonly runId: string; readonly step: string; readonly generation: number }
  /** `step.run` answered this, or threw an error with this message: the step is recorded. */
  | {
      readonly kind: 'result'
      readonly runId: string
      readonly step: string
      readonly generation: number
      readonly value: string
    }
  /** `step.run` threw an error of the engine. */
  | {
      readonly kind: 'refused'
      readonly runId: string
      readonly step: string
      readonly generation: number
      readonly code: string
      readonly aborted: boolean
    }
  /** `run:complete` was published. */
  | { readonly kind: 'completed'; readonly runId: string }

/**
 * A file that several processes append to, one line each time something happens. A line is one write, so lines never mix, and
 * what was written survives the death of its writer.
 */
export class Journal {
  readonly path: string
  #descriptor: number | undefined

  constructor(path: string) {
    this.path = path
  }

  write(line: JournalLine): void {
    this.#descriptor ??= openSync(this.path, 'a')
    // The leading line break separates it from what a writer that was killed in the middle of its line has left.
    writeSync(this.#descriptor, `\n${JSON.stringify(line)}\n`)
  }

  /** Everything so far, in order. Half lines of killed writers are left out. */
  read(): readonly JournalLine[] {
    appendFileSync(this.path, '')
    return readFileSync(this.path, 'utf8')
      .split('\n')
      .flatMap((text) => {
        try {
          return text === '' ? [] : [JSON.parse(text) as JournalLine]
        } catch {
          return []
        }
      })
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
