import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DurablyError } from '@durably/core'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BatchError } from '../src/driver.ts'
import { failureOf, type SqlFailure, toDurablyError } from '../src/sql-errors.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

/** What the tests need of a library: the two that are in every Node installation of this repository. */
interface Library {
  readonly open: (path: string, readOnly?: boolean) => { exec(sql: string): unknown; close(): unknown }
}

const LIBRARIES: Readonly<Record<string, Library>> = {
  'better-sqlite3': { open: (path, readonly = false) => new Database(path, { readonly, timeout: 0 }) },
  'node:sqlite': { open: (path, readOnly = false) => new DatabaseSync(path, { readOnly, timeout: 0 }) },
}

describe.each(Object.entries(LIBRARIES))('a failure of %s', (_, library) => {
  const open: Library['open'] = (path, readOnly) => {
    const database = library.open(path, readOnly)
    onTestFinished(() => void database.close())
    return database
  }

  it('is busy when another connection holds the lock', () => {
    const path = join(temporaryFolder(), 'test.db')
    open(path).exec('CREATE TABLE t (a NOT NULL); BEGIN IMMEDIATE')
    expect(failureOf(thrownBy(() => open(path).exec('INSERT INTO t VALUES (1)')))).toBe('busy')
  })

  it('is busy when the connection has a transaction open already', () => {
    const database = open(':memory:')
    database.exec('BEGIN')
    expect(failureOf(thrownBy(() => database.exec('BEGIN IMMEDIATE')))).toBe('busy')
  })

  it('is full when the database cannot grow', () => {
    const database = open(':memory:')
    database.exec('CREATE TABLE t (a); PRAGMA max_page_count = 2')
    expect(failureOf(thrownBy(() => database.exec('INSERT INTO t VALUES (zeroblob(100000))')))).toBe('full')
  })

  it('is read-only when the connection may not write', () => {
    const path = join(temporaryFolder(), 'test.db')
    open(path).exec('CREATE TABLE t (a)')
    expect(failureOf(thrownBy(() => open(path, true).exec('INSERT INTO t VALUES (1)')))).toBe('read-only')
  })

  it('is no database when the file is something else', () => {
    const path = join(temporaryFolder(), 'notes.txt')
    writeFileSync(path, 'These are notes. '.repeat(100))
    expect(failureOf(thrownBy(() => open(path).exec('CREATE TABLE t (a)')))).toBe('not-a-database')
  })

  it.each([
    ['the folder is missing', 'absent/test.db'],
    ['the path is a folder', 'folder'],
  ])('is one to open when %s', (_, name) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'folder'))
    expect(failureOf(thrownBy(() => open(join(folder, name)).exec('CREATE TABLE t (a)')))).toBe('cannot-open')
  })

  it.each([
    ['a constraint', 'INSERT INTO t VALUES (NULL)'],
    ['an unknown column', 'SELECT absent FROM t'],
    ['what is no SQL', 'SELEC'],
  ])('is a refusal for %s', (_, sql) => {
    const database = open(':memory:')
    database.exec('CREATE TABLE t (a NOT NULL)')
    expect(failureOf(thrownBy(() => database.exec(sql)))).toBe('refused')
  })

  it('tells our own tables from those of the application', () => {
    const database = open(':memory:')
    expect(failureOf(thrownBy(() => database.exec('DELETE FROM durably_runs')))).toBe('not-migrated')
    expect(failureOf(thrownBy(() => database.exec('DELETE FROM orders')))).toBe('refused')
  })
})

describe('the shapes of other libraries', () => {
  const SHAPES: readonly (readonly [what: string, shape: object, failure: SqlFailure])[] = [
    ['libsql, synchronous', { message: 'database is locked', code: 'SQLITE_BUSY', rawCode: 5 }, 'busy'],
    ['a lock refined', { message: 'locked', code: 'SQLITE_BUSY_SNAPSHOT' }, 'busy'],
    ['a client with a transaction open', { message: 'busy', code: 'TRANSACTION_ACTIVE' }, 'busy'],
    ['a number refined', { message: 'x', code: 'ERR_SQLITE_ERROR', errcode: 10 + 256 * 3 }, 'io'],
    ['a browser worker', { message: 'SQLITE_FULL: sqlite3 result code 13', resultCode: 13 }, 'full'],
    ['text only, with the name', { message: 'UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT' }, 'refused'],
    ['text only', { message: 'database disk image is malformed' }, 'corrupt'],
    ['a server', { message: 'SQLITE_READONLY: attempt to write', code: 'SQLITE_READONLY' }, 'read-only'],
    ['a server without our tables', { message: 'SQLite error: no such table: durably_runs' }, 'not-migrated'],
    ['the operating system', { message: 'no space left', code: 'ENOSPC' }, 'full'],
    ['a driver that says so itself', { message: 'locked', code: 'STORAGE_BUSY' }, 'busy'],
    ['a network', { message: 'socket hang up', code: 'ECONNRESET' }, 'other'],
  ]

  it.each(SHAPES)('%s', (_, { message, ...rest }: { message?: string }, failure) => {
    const error = Object.assign(new Error(message), rest)
    expect(failureOf(error)).toBe(failure)
    expect(failureOf(new BatchError(error, { statementIndex: 0, outcomeUnknown: false }))).toBe(failure)
    expect(failureOf(new Error('Could not do it.', { cause: error }))).toBe(failure)
  })

  it('of none: whatever is thrown', () => {
    expect(failureOf('a string')).toBe('other')
    expect(failureOf(undefined)).toBe('other')
  })
})

describe('the error a caller gets', () => {
  it.each([
    ['database is locked', 'STORAGE_BUSY', true],
    ['database or disk is full', 'STORAGE_FULL', true],
    ['attempt to write a readonly database', 'STORAGE_READ_ONLY', false],
    ['disk I/O error', 'STORAGE_IO', true],
    ['unable to open database file', 'STORAGE_IO', true],
    ['database disk image is malformed', 'STORAGE_IO', false],
    ['file is not a database', 'NOT_A_DATABASE', false],
    ['no such table: durably_runs', 'NOT_MIGRATED', false],
    ['CHECK constraint failed', 'STORAGE_IO', false],
    ['something else', 'STORAGE_IO', true],
  ])('for "%s" is %s', (message, code, retryable) => {
    const cause = new Error(message)
    const error = toDurablyError(cause, 'test driver')
    expect(error).toMatchObject({ code, retryable, cause })
    expect(error.message).toContain('test driver')
    expect(error.message).toContain(message)
  })

  it('is the one it was, when it is one of ours already', () => {
    const ours = new DurablyError('STORAGE_IO', 'The file app.db is in a network folder.')
    expect(toDurablyError(ours, 'test driver')).toBe(ours)
    expect(
      toDurablyError(new BatchError(ours, { statementIndex: 1, outcomeUnknown: false }), 'test driver'),
    ).toBe(ours)
  })
})

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('It did not throw.')
}
