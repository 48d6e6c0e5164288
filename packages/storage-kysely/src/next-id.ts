import { monotonicFactory } from 'ulidx'

let next: ((now: number) => string) | undefined

/**
 * A new id for a run, a log line or a call: a ULID of the given time, and always greater than every one made before in this
 * process, also within one millisecond and when the time goes back. One sequence for the whole process, so that two storages in
 * it agree on the order of creation.
 */
export function nextId(now: number): string {
  // At the first call and not at load: some hosts refuse to hand out randomness before the first request.
  next ??= monotonicFactory()
  return next(now)
}
