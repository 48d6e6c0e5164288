import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm'
import type { SentRows, SentValue } from './protocol.ts'

/** The functions of SQLite itself, without the library's checks and conversions around each. Pointers are numbers. */
interface RawFunctions {
  sqlite3_step(statement: number): number
  sqlite3_reset(statement: number): number
  sqlite3_bind_null(statement: number, index: number): number
  sqlite3_bind_int(statement: number, index: number, value: number): number
  sqlite3_bind_double(statement: number, index: number, value: number): number
  sqlite3_bind_text(statement: number, index: number, text: number, bytes: number, destructor: number): number
  sqlite3_bind_blob(statement: number, index: number, blob: number, bytes: number, destructor: number): number
  sqlite3_stmt_status(statement: number, what: number, reset: number): number
  sqlite3_column_type(statement: number, column: number): number
  sqlite3_column_double(statement: number, column: number): number
  sqlite3_column_text(statement: number, column: number): number
  sqlite3_column_blob(statement: number, column: number): number
  sqlite3_column_bytes(statement: number, column: number): number
}

const ROW = 100
const DONE = 101
/** How often SQLite prepared a statement again, since the schema had changed. */
const REPREPARED = 5
const INTEGER = 1
const FLOAT = 2
const TEXT = 3
const BLOB = 4
/** SQLite reads what is bound where it stands. */
const STATIC = 0
const SMALLEST_SCRATCH_BYTES = 64 * 1024
/** Up to here, one character after the other is faster than a call of the host's encoder. */
const SHORT = 48

/**
 * Binds and reads values for statements that are executed ten thousand times a second, where the library's own way, one checked
 * call and one encoded character after the other, takes longer than SQLite.
 *
 * What is bound stays in memory of ours and is not copied, until the next statement is bound. Numbers are bound as REAL unless
 * they fit 32 bits, and integers are read as doubles: exact for what is a safe integer.
 */
export class FastStatements {
  readonly #sqlite3: Sqlite3Static
  readonly #db: Database
  readonly #raw: RawFunctions
  readonly #encoder = new TextEncoder()
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #heap = new Uint8Array(0)
  /** Memory for what is bound to one statement. */
  #scratch = 0
  #scratchBytes = 0

  constructor(sqlite3: Sqlite3Static, db: Database) {
    this.#sqlite3 = sqlite3
    this.#db = db
    this.#raw = sqlite3.wasm.exports as unknown as RawFunctions
  }

  bind({ pointer }: PreparedStatement, parameters: readonly SentValue[]): void {
    const statement = pointer as number
    let end = this.#reserve(parameters)
    for (let index = 0; index < parameters.length; index++) {
      const value = parameters[index] as SentValue
      const start = end
      if (typeof value === 'string') end += this.#write(value, start)
      else if (value instanceof Uint8Array) {
        this.#memory().set(value, start)
        end += value.byteLength
      }
      const code = this.#bindOne(statement, index + 1, value, start, end - start)
      if (code !== 0) this.#check(code)
    }
  }

  /** Executes to the end. */
  execute({ pointer }: PreparedStatement): void {
    let code: number
    do code = this.#raw.sqlite3_step(pointer as number)
    while (code === ROW)
    if (code !== DONE) this.#check(code)
  }

  /** Executes to the end and answers the rows. */
  readRows(prepared: PreparedStatement, known: readonly string[]): SentRows {
    const statement = prepared.pointer as number
    let columns = known
    let values: (SentValue[] | null)[] = columns.map(() => null)
    for (let count = 0; ; count++) {
      const code = this.#raw.sqlite3_step(statement)
      // What `*` means may have changed.
      if (count === 0 && this.#raw.sqlite3_stmt_status(statement, REPREPARED, 1) > 0) {
        columns = prepared.getColumnNames([])
        values = columns.map(() => null)
      }
      if (code === DONE) return { columns, count, values }
      if (code !== ROW) this.#check(code)
      for (let column = 0; column < columns.length; column++) {
        const value = this.#read(statement, column)
        const list = values[column]
        if (list) list.push(value)
        else if (value !== null) values[column] = [...new Array<null>(count).fill(null), value]
      }
    }
  }

  /** The text in a column of the row at hand, from its first character: sqlite-wasm's own way leaves a byte order mark out. */
  readText({ pointer }: PreparedStatement, column: number): string {
    return this.#text(pointer as number, column)
  }

  /** To be called after each execution, also a failed one, whose error was told already. */
  reset({ pointer }: PreparedStatement): void {
    this.#raw.sqlite3_reset(pointer as number)
  }

  /** To be called when no statement is bound any more. */
  dispose(): void {
    if (this.#scratch !== 0) this.#sqlite3.wasm.dealloc(this.#scratch)
    this.#scratch = 0
    this.#scratchBytes = 0
  }

  #bindOne(statement: number, index: number, value: SentValue, start: number, bytes: number): number {
    const raw = this.#raw
    if (value === null) return raw.sqlite3_bind_null(statement, index)
    switch (typeof value) {
      case 'number':
        return (value | 0) === value && !Object.is(value, -0)
          ? raw.sqlite3_bind_int(statement, index, value)
          : raw.sqlite3_bind_double(statement, index, value)
      case 'string':
        return raw.sqlite3_bind_text(statement, index, start, bytes, STATIC)
      default:
        if (value instanceof Uint8Array) return raw.sqlite3_bind_blob(statement, index, start, bytes, STATIC)
        throw new Error(`A ${typeof value} cannot be bound.`)
    }
  }

  /** Writes a text as UTF-8; answers its length in bytes. */
  #write(text: string, start: number): number {
    const heap = this.#memory()
    if (text.length <= SHORT) {
      let index = 0
      for (; index < text.length; index++) {
        const unit = text.charCodeAt(index)
        if (unit > 127) break
        heap[start + index] = unit
      }
      if (index === text.length) return index
    }
    return this.#encoder.encodeInto(text, heap.subarray(start, this.#scratch + this.#scratchBytes)).written
  }

  #read(statement: number, column: number): SentValue {
    const raw = this.#raw
    switch (raw.sqlite3_column_type(statement, column)) {
      case INTEGER:
      case FLOAT:
        return raw.sqlite3_column_double(statement, column)
      case TEXT:
        return this.#text(statement, column)
      case BLOB: {
        const start = raw.sqlite3_column_blob(statement, column)
        return this.#memory().slice(start, start + raw.sqlite3_column_bytes(statement, column))
      }
      default:
        return null
    }
  }

  #text(statement: number, column: number): string {
    const start = this.#raw.sqlite3_column_text(statement, column)
    const bytes = this.#raw.sqlite3_column_bytes(statement, column)
    return this.#decoder.decode(this.#memory().subarray(start, start + bytes))
  }

  /** Memory for all of the values; answers where it begins. */
  #reserve(values: readonly SentValue[]): number {
    let bytes = 1
    for (const value of values) {
      // A character takes three bytes at most.
      if (typeof value === 'string') bytes += value.length * 3
      else if (value instanceof Uint8Array) bytes += value.byteLength
    }
    if (bytes > this.#scratchBytes) {
      this.dispose()
      const size = Math.max(bytes, SMALLEST_SCRATCH_BYTES)
      this.#scratch = this.#sqlite3.wasm.alloc(size) as number
      this.#scratchBytes = size
    }
    return this.#scratch
  }

  /** Whatever was kept of it is detached when the memory grows. */
  #memory(): Uint8Array<ArrayBuffer> {
    if (this.#heap.byteLength === 0) this.#heap = this.#sqlite3.wasm.heap8u() as Uint8Array<ArrayBuffer>
    return this.#heap
  }

  #check(code: number): void {
    if (code !== 0) this.#db.checkRc(code)
  }
}
