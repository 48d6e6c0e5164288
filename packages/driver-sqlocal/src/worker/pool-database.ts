import sqlite3InitModule, { type SAHPoolUtil } from '@sqlite.org/sqlite-wasm'
import { SQLiteMemoryDriver } from 'sqlocal'
import type { Durability } from '../options.ts'
import { hearVfs } from './disk-complaint.ts'
import { StatementFailure } from './failure.ts'
import { checkDatabase } from './imported.ts'
import { NumberedFiles } from './numbered-files.ts'
import { openPool } from './pool-files.ts'
import { PreparedStatements } from './prepared.ts'
import type { DatabasePlace, SentBatch, SentResult, SentStatement, SentText, SentValue } from './protocol.ts'

const SYNCHRONOUS: Readonly<Record<Durability, number>> = { process: 1, full: 2 }
const BEGIN: SentText = { sql: 'BEGIN IMMEDIATE', returnsRows: false }
const COMMIT: SentText = { sql: 'COMMIT', returnsRows: false }
const ROLLBACK: SentText = { sql: 'ROLLBACK', returnsRows: false }

/**
 * One SQLite file in the pool VFS, and the one connection to it, with exclusive write-ahead logging: a commit costs a single
 * flush. To sqlocal it is a driver, so that its client works on the same connection.
 */
export class PoolDatabase extends SQLiteMemoryDriver {
  override readonly storageType = 'opfs'
  #place: DatabasePlace | undefined
  #pool: SAHPoolUtil | undefined
  #files: NumberedFiles | undefined
  #file = ''
  #statements: PreparedStatements | undefined

  /** Opens the file, or makes it. @throws FileHeld while another context has it */
  async open(place: DatabasePlace): Promise<void> {
    this.sqlite3 ??= await initSqlite()
    this.#place = place
    this.#pool ??= await openPool(this.sqlite3, place.databasePath)
    this.#files = new NumberedFiles(this.#pool, this.sqlite3)
    this.#file = await this.#files.current()
    this.#connect()
  }

  /** Executes all statements in one transaction, or none. */
  batch({ texts, textOf, parameters }: SentBatch): readonly SentResult[] {
    const prepared = this.#prepared
    const results: SentResult[] = []
    let running: number | null = null
    try {
      this.begin()
    } catch (error) {
      // Not ours to roll back: the application has begun one with a text of its own.
      throw new StatementFailure(error, null)
    }
    try {
      for (running = 0; running < textOf.length; running++) {
        const text = texts[textOf[running] as number] as SentText
        results.push(prepared.run(text, parameters[running] as readonly SentValue[]))
      }
      running = null
      this.commit()
      return results
    } catch (error) {
      this.rollback()
      throw new StatementFailure(error, running)
    }
  }

  query(statement: SentStatement): SentResult {
    return this.#prepared.run(statement, statement.parameters)
  }

  /** For statements of the application. */
  execute(statement: SentStatement, inTransaction = false): SentResult {
    const result = this.#prepared.runOnce(statement)
    if (!inTransaction && this.#sqlite.capi.sqlite3_get_autocommit(this.#connection) === 0) {
      this.rollback()
      throw new Error(
        'A transaction cannot be begun with a text, which nobody else would wait for: use transaction().',
      )
    }
    return result
  }

  begin(): void {
    this.#prepared.run(BEGIN, [])
  }

  commit(): void {
    this.#prepared.run(COMMIT, [])
  }

  /** Does nothing where SQLite has rolled back by itself. */
  rollback(): void {
    try {
      this.#prepared.run(ROLLBACK, [])
    } catch {
      // The first error is the one to tell.
    }
  }

  /** The size of the database in bytes. */
  measure(): number {
    const [pages, size] = ['page_count', 'page_size'].map((name) => Number(this.#pragma(name)))
    return (pages ?? 0) * (size ?? 0)
  }

  /** The whole database as a file that any SQLite opens. */
  exportBytes(): Uint8Array<ArrayBuffer> {
    const { capi } = this.#sqlite
    const bytes = capi.sqlite3_js_db_export(this.#connection) as Uint8Array<ArrayBuffer>
    // Out of write-ahead logging: the log stays here, and a reader elsewhere may not be allowed to make one.
    bytes.set([1, 1], 18)
    return bytes
  }

  /** Puts a database in the place of this one. @throws Error when the bytes are not a whole database */
  importBytes(bytes: Uint8Array): void {
    checkDatabase(this.#sqlite, bytes)
    const next = this.#opened.files.after(this.#file)
    this.#opened.pool.importDb(next, bytes)
    this.#replaceBy(next)
  }

  /** Deletes what is stored, and begins anew with an empty database. In this order, since at the quota there is no room for both. */
  deleteAll(): void {
    const { files } = this.#opened
    this.#disconnect()
    files.remove(this.#file)
    this.#file = files.after(this.#file)
    this.#connect()
  }

  /** Ends the connection; what the log holds is in the file then. */
  closeFile(): void {
    this.#disconnect()
    this.#pool?.pauseVfs()
    this.#pool = undefined
  }

  // What follows is what sqlocal's processor asks of a driver.

  override async init(config: Parameters<SQLiteMemoryDriver['init']>[0]): Promise<void> {
    this.config = config
    this.initWriteHook()
  }

  override async isDatabasePersisted(): Promise<boolean> {
    return navigator.storage.persisted()
  }

  override async import(database: Parameters<SQLiteMemoryDriver['import']>[0]): Promise<void> {
    this.importBytes(new Uint8Array(await new Response(database).arrayBuffer()))
  }

  override async export(): ReturnType<SQLiteMemoryDriver['export']> {
    return { name: this.#place?.databasePath ?? '', data: this.exportBytes() }
  }

  override async clear(): Promise<void> {
    this.deleteAll()
  }

  /** The connection is Durably's too, and outlives sqlocal's client. */
  override async destroy(): Promise<void> {
    this.writeCallbacks.clear()
  }

  get #sqlite() {
    if (this.sqlite3 === undefined) throw new Error('The database is not open.')
    return this.sqlite3
  }

  get #connection() {
    if (this.db === undefined) throw new Error('The database is not open.')
    return this.db
  }

  get #prepared(): PreparedStatements {
    if (this.#statements === undefined) throw new Error('The database is not open.')
    return this.#statements
  }

  get #opened() {
    if (this.#pool === undefined || this.#files === undefined) throw new Error('The database is not open.')
    return { pool: this.#pool, files: this.#files }
  }

  #connect(): void {
    this.db = new this.#opened.pool.OpfsSAHPoolDb(this.#file)
    this.#statements = new PreparedStatements(this.#sqlite, this.db)
    const wanted: Readonly<Record<string, string | number>> = {
      // First of all: the log is shared through memory that this VFS does not have, unless one connection has it alone.
      locking_mode: 'exclusive',
      journal_mode: 'wal',
      synchronous: SYNCHRONOUS[this.#place?.durability ?? 'full'],
      foreign_keys: 1,
      temp_store: 2,
    }
    try {
      for (const [name, value] of Object.entries(wanted)) this.#set(name, value)
    } catch (error) {
      this.#disconnect()
      throw error
    }
    this.initWriteHook()
  }

  #disconnect(): void {
    this.#statements?.dispose()
    this.#statements = undefined
    this.closeDb()
  }

  #replaceBy(file: string): void {
    const { files } = this.#opened
    const before = this.#file
    this.#disconnect()
    this.#file = file
    try {
      this.#connect()
    } catch (error) {
      files.remove(file)
      this.#file = before
      this.#connect()
      throw error
    }
    files.remove(before)
  }

  #set(pragma: string, wanted: string | number): void {
    this.#connection.exec(`PRAGMA ${pragma} = ${wanted}`)
    const actual = this.#pragma(pragma)
    if (actual !== wanted) throw new Error(`SQLite kept ${pragma} = ${actual} instead of ${wanted}.`)
  }

  #pragma(name: string): unknown {
    return this.#connection.selectValue(`PRAGMA ${name}`)
  }
}

/** Without the VFS `opfs`, which nobody asks for here: it would start a worker of its own, or complain that it may not. */
async function initSqlite(): ReturnType<typeof sqlite3InitModule> {
  const host = globalThis as { sqlite3ApiConfig?: unknown; SharedArrayBuffer?: unknown }
  host.sqlite3ApiConfig = { warn: () => {}, error: hearVfs, log: () => {}, debug: () => {} }
  Object.defineProperty(host, 'SharedArrayBuffer', { value: undefined, configurable: true })
  return sqlite3InitModule()
}
