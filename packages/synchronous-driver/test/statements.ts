import type { SqlValue, Statement } from '@durably/storage-kysely'

/** A statement that answers nothing. */
function write(sql: string, ...parameters: readonly SqlValue[]): Statement {
  return { sql, parameters, returnsRows: false }
}

/** A statement that answers rows. */
export function read(sql: string, ...parameters: readonly SqlValue[]): Statement {
  return { sql, parameters, returnsRows: true }
}

export const CREATE = write('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT')

export function insert(id: number, text = 'a note'): Statement {
  return write('INSERT INTO notes (id, text) VALUES (?, ?)', id, text)
}

export const COUNT = read('SELECT count(*) AS count FROM notes')
