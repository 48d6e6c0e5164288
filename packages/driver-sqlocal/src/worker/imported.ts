import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm'

const SQLITE_NOTADB = 26
const SQLITE_CORRUPT = 11
const HEADER = 'SQLite format 3'

/** @throws Error with SQLite's number for bytes that are no database, or a damaged one */
export function checkDatabase(sqlite3: Sqlite3Static, bytes: Uint8Array): void {
  const isDatabase =
    bytes.byteLength >= 512 &&
    bytes.byteLength % 512 === 0 &&
    [...HEADER].every((letter, index) => letter.charCodeAt(0) === bytes[index])
  if (!isDatabase) throw failure('file is not a database', SQLITE_NOTADB)
  const problems = problemsIn(sqlite3, bytes)
  if (problems !== 'ok') throw failure(`database disk image is malformed: ${problems}`, SQLITE_CORRUPT)
}

function problemsIn(sqlite3: Sqlite3Static, bytes: Uint8Array): unknown {
  const { capi, wasm } = sqlite3
  const copy = bytes.slice()
  // A database in memory has no log to read.
  copy.set([1, 1], 18)
  const db = new sqlite3.oo1.DB(':memory:')
  try {
    const pointer = wasm.allocFromTypedArray(copy)
    const { length } = copy
    db.checkRc(
      capi.sqlite3_deserialize(db, 'main', pointer, length, length, capi.SQLITE_DESERIALIZE_FREEONCLOSE),
    )
    return db.selectValue('PRAGMA quick_check')
  } finally {
    db.close()
  }
}

function failure(message: string, resultCode: number): Error {
  return Object.assign(new Error(message), { resultCode })
}
