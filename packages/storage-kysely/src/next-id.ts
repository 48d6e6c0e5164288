import { monotonicFactory } from 'ulidx'

let next: ((now: number) => string) | undefined

/**
 * A new id for a run, a log line or a call: a ULID of the given time, and always greater than every one made before in this
 * process, also within one millisecond and when the time goes back. One sequence for the whole process, so that two storages in
 * it agree on the order of creation.
 */
export function nextId(now: number): string {
  // At the first call and not at load: some hosts refuse to hand out randomness before the first request.
  next ??= monotonicFactory(randomFraction)
  return next(now)
}

/** A new millisecond takes 16 of them, and asking the host for each byte would cost as much as half of the insert. */
const randomBytes = new Uint8Array(1024)
let bytesUsed = randomBytes.length

/** From 0 to below 1, in steps of a 256th: enough for one character of an id, which stands for 5 bits. */
function randomFraction(): number {
  if (bytesUsed === randomBytes.length) {
    crypto.getRandomValues(randomBytes)
    bytesUsed = 0
  }
  const byte = randomBytes[bytesUsed] ?? 0
  bytesUsed += 1
  return byte / 256
}
