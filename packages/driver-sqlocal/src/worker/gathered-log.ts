/** What a file handle of a worker can do, all at once. */
export interface SyncAccessHandle {
  read(into: Uint8Array, options: { readonly at: number }): number
  write(bytes: Uint8Array, options: { readonly at: number }): number
  truncate(bytes: number): void
  getSize(): number
  flush(): void
  close(): void
}

/** A frame of the write-ahead log: this, and then a page. https://sqlite.org/fileformat2.html#the_write_ahead_log */
const FRAME_HEADER_BYTES = 24
/** Where it says how large the database is after the transaction; not 0 in its last frame only. */
const COMMIT_OFFSET = 4
const BUFFER_BYTES = 1024 * 1024

/**
 * Gathers the frames of a transaction and writes them with one call. SQLite writes each frame as two, and a call costs this host as
 * much as twenty kilobytes.
 *
 * With the last page of a transaction everything is written before the call returns, so nothing is ever acknowledged that only
 * stands here, whatever `synchronous` says; a failure reaches SQLite while it can still roll back. All other writes go through.
 */
export class GatheredLog implements SyncAccessHandle {
  readonly #handle: SyncAccessHandle
  /** Made at the first frame: most files of a pool are not logs. */
  #buffer: Uint8Array | undefined
  /** Where in the file the buffer begins. */
  #start = 0
  #length = 0
  #endsTransaction = false
  /** Where was read last. */
  #readAt = -1

  constructor(handle: SyncAccessHandle) {
    this.#handle = handle
  }

  write(bytes: Uint8Array, options: { readonly at: number }): number {
    // SQLite writes 24 bytes for the header of a frame only: before its page, or, when a page that was written already is changed
    // once more, alone. It has read that frame then.
    const startsFrame = bytes.byteLength === FRAME_HEADER_BYTES && options.at !== this.#readAt
    if (!this.#continues(bytes, options.at)) {
      this.#writeOut()
      if (!startsFrame) return this.#handle.write(bytes, options)
      this.#start = options.at
    }
    this.#buffer ??= new Uint8Array(BUFFER_BYTES)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.byteLength
    if (startsFrame) this.#endsTransaction = bytes.subarray(COMMIT_OFFSET, COMMIT_OFFSET + 4).some(Boolean)
    else if (this.#endsTransaction) this.#writeOut()
    return bytes.byteLength
  }

  read(into: Uint8Array, options: { readonly at: number }): number {
    this.#writeOut()
    this.#readAt = options.at
    return this.#handle.read(into, options)
  }

  truncate(bytes: number): void {
    this.#writeOut()
    this.#handle.truncate(bytes)
  }

  getSize(): number {
    this.#writeOut()
    return this.#handle.getSize()
  }

  flush(): void {
    this.#writeOut()
    this.#handle.flush()
  }

  close(): void {
    this.#writeOut()
    this.#handle.close()
  }

  #continues(bytes: Uint8Array, at: number): boolean {
    return (
      this.#length > 0 && at === this.#start + this.#length && this.#length + bytes.byteLength <= BUFFER_BYTES
    )
  }

  /** What cannot be written is forgotten: SQLite is told, and writes it again or gives it up. */
  #writeOut(): void {
    const length = this.#length
    if (length === 0 || this.#buffer === undefined) return
    this.#length = 0
    this.#endsTransaction = false
    const written = this.#handle.write(this.#buffer.subarray(0, length), { at: this.#start })
    if (written !== length) throw new Error(`Of ${length} bytes of the log, ${written} were written.`)
  }
}
