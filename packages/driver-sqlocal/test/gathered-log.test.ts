import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GatheredLog, type SyncAccessHandle } from '../src/worker/gathered-log.ts'

const HEADER_BYTES = 24
const PAGE_BYTES = 64

/** A file in memory that counts how often it is written to. */
class MemoryFile implements SyncAccessHandle {
  bytes = new Uint8Array(0)
  writes = 0
  isFull = false

  read(into: Uint8Array, { at }: { readonly at: number }): number {
    const found = this.bytes.subarray(at, at + into.byteLength)
    into.set(found)
    return found.byteLength
  }

  write(bytes: Uint8Array, { at }: { readonly at: number }): number {
    if (this.isFull) throw new DOMException('full', 'QuotaExceededError')
    this.writes++
    if (at + bytes.byteLength > this.bytes.byteLength) this.truncate(at + bytes.byteLength)
    this.bytes.set(bytes, at)
    return bytes.byteLength
  }

  truncate(size: number): void {
    const bytes = new Uint8Array(size)
    bytes.set(this.bytes.subarray(0, size))
    this.bytes = bytes
  }

  getSize(): number {
    return this.bytes.byteLength
  }

  flush(): void {}

  close(): void {}
}

function header(isLast: boolean): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES).fill(7)
  bytes.set(isLast ? [0, 0, 1, 0] : [0, 0, 0, 0], 4)
  return bytes
}

const page = (filling: number) => new Uint8Array(PAGE_BYTES).fill(filling)

test('the frames of a transaction become one write, and it is made before the last page is answered', () => {
  const file = new MemoryFile()
  const log = new GatheredLog(file)
  let at = 32
  for (const frame of [1, 2, 3]) {
    expect(file.writes).toBe(0)
    log.write(header(frame === 3), { at })
    log.write(page(frame), { at: at + HEADER_BYTES })
    at += HEADER_BYTES + PAGE_BYTES
  }
  expect(file.writes).toBe(1)
  expect(file.getSize()).toBe(at)
})

test('a full disk is told with the last page of the transaction, and what was gathered is not written later', () => {
  const file = new MemoryFile()
  const log = new GatheredLog(file)
  log.write(header(true), { at: 0 })
  file.isFull = true
  expect(() => log.write(page(1), { at: HEADER_BYTES })).toThrow('full')
  file.isFull = false
  log.flush()
  expect(file.getSize()).toBe(0)
})

test('the header of a frame that is written once more, alone, is written at once', () => {
  const file = new MemoryFile()
  const log = new GatheredLog(file)
  log.write(header(false), { at: 0 })
  log.write(page(1), { at: HEADER_BYTES })
  log.write(header(true), { at: HEADER_BYTES + PAGE_BYTES })
  log.write(page(2), { at: HEADER_BYTES + PAGE_BYTES + HEADER_BYTES })
  // A page that was spilled before it was changed for the last time: SQLite computes the sums of the frames from there on again.
  for (const at of [0, HEADER_BYTES + PAGE_BYTES]) {
    log.read(new Uint8Array(HEADER_BYTES + PAGE_BYTES), { at })
    log.write(new Uint8Array(HEADER_BYTES).fill(9), { at })
    expect(file.bytes.subarray(at, at + HEADER_BYTES)).toEqual(new Uint8Array(HEADER_BYTES).fill(9))
  }
})

test('whatever is written, read and cut in whatever order, the file reads as if each write had been made at once', () => {
  const position = fc.integer({ min: 0, max: 6 }).map((frame) => frame * (HEADER_BYTES + PAGE_BYTES))
  const filling = fc.integer({ min: 1, max: 255 })
  const call = fc.oneof(
    { weight: 6, arbitrary: fc.record({ frame: position, isLast: fc.boolean(), filling }) },
    fc.record({ writeAt: fc.nat(600), filling }),
    fc.record({ truncate: fc.nat(600) }),
    fc.constantFrom({ read: true }, { size: true }, { flush: true }),
  )
  fc.assert(
    fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
      const [gathered, plain] = [new MemoryFile(), new MemoryFile()]
      const log = new GatheredLog(gathered)
      for (const each of calls) {
        for (const handle of [log, plain]) {
          if ('frame' in each) {
            handle.write(header(each.isLast), { at: each.frame })
            handle.write(page(each.filling), { at: each.frame + HEADER_BYTES })
          } else if ('writeAt' in each) handle.write(page(each.filling), { at: each.writeAt })
          else if ('truncate' in each) handle.truncate(each.truncate)
          else if ('flush' in each) handle.flush()
        }
        if ('frame' in each && each.isLast) expect(gathered.bytes).toEqual(plain.bytes)
        if ('size' in each) expect(log.getSize()).toBe(plain.getSize())
        if ('read' in each) {
          const [one, other] = [new Uint8Array(1000), new Uint8Array(1000)]
          expect(log.read(one, { at: 0 })).toBe(plain.read(other, { at: 0 }))
          expect(one).toEqual(other)
        }
      }
      log.close()
      expect(gathered.bytes).toEqual(plain.bytes)
    }),
  )
})
