import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type Clock, systemClock } from '@durably/core'

/**
 * The wall clock of a machine: shared by all workers of a site, and wrong by as much as a scenario wants. It lies in a file, so
 * that it jumps for all of them at once, as a real one does.
 */
export class WallClock implements Clock {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  now(): number {
    return systemClock.now() + this.#offsetMs()
  }

  monotonic(): number {
    return systemClock.monotonic()
  }

  /** Makes the clock wrong by this much from now on. */
  jump(offsetMs: number): void {
    // Renamed, since a file being written is empty for a moment.
    writeFileSync(`${this.path}.new`, String(offsetMs))
    renameSync(`${this.path}.new`, this.path)
  }

  #offsetMs(): number {
    return Number(readFileSync(this.path, 'utf8'))
  }
}
