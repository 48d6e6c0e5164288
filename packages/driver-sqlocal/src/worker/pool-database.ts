import sqlite3InitModule, { type SAHPoolUtil } from '@sqlite.org/sqlite-wasm'
import { SQLiteMemoryDriver } from 'sqlocal'
import type { Durability } from '../options.ts'
import { hearVfs } from './disk-complaint.ts'
import { StatementFailure } from './failure.ts'
import { checkDatabase } from './imported.ts'
import { openPool } from './pool-files.ts'
import { PreparedStatements } from './prepared.ts'
import type { DatabasePlace, SentBatch, SentResult, SentStatement, SentText, SentValue } from './protocol.ts'

const SYNCHRONOUS: Readonly<Record<Durability, number>> = { process: 1, full: 2 }
const BEGIN: SentText = { sql: 'BEGIN IMMEDIATE', returnsRows: false }
const COMMIT: SentText = { sql: 'COMMIT', returnsRows: false }
const ROLLBACK: SentText = { sql: 'ROLLBACK', returnsRows: false }
const FIRST_FILE = '/1.sqlite'
const FILE_NUMBER = /^\/(\d+)\.sqlite$/

/**
 * One SQLite file in the pool VFS, and the one connection to it, with exclusive write-ahead logging: a commit costs a single
 * flush. To sqlocal it is a driver, so that its client works on the same connection.
 *
 * The file's name is a number: what is imported gets the next one, and the highest is the database. So an import is complete or
 * has not happened, whenever the tab dies.
 */
export class PoolDatabase extends SQLiteMemoryDriver {
  override readonly storageType = 'opfs'
  #place: DatabasePlace | undefined
  #pool: SAHPoolUtil | undefined
  #file = FIRST_FILE
  #statements: PreparedStatements | undefined

  /** Opens the file, or makes it. @throws FileHeld while another context has it */
  async open(place: DatabasePlace): Promise<void> {
    this.sqlite3 ??= await initSqlite()
    this.#place = place
    this.#pool ??= await openPool(this.sqlite3, place.databasePath)
    this.#file = this.#currentFile()
    this.#connect()
  }

  /** Executes all statements in one transaction, or none. */
  batch({ texts, textOf, parameters }: SentBatch): readonly SentResult[] {
    const prepared = this.#prepared
    const results: SentResult[] = []
    let running: number | null = null
    try {
      this.begin()
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
  execute(statement: SentStatement): SentResult {
    return this.#prepared.runOnce(statement)
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
    const next = `/${numberOf(this.#file) + 1}.sqlite`
    this.#files.importDb(next, bytes)
    this.#replaceBy(next)
  }

  /** Deletes what is stored, and begins anew with an empty database. */
  deleteAll(): void {
    const next = `/${numberOf(this.#file) + 1}.sqlite`
    this.#disconnect()
    this.#unlink(this.#file)
    this.#file = next
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

  get #files(): SAHPoolUtil {
    if (this.#pool === undefined) throw new Error('The database is not open.')
    return this.#pool
  }

  #connect(): void {
    this.db = new this.#files.OpfsSAHPoolDb(this.#file)
    this.#statements = new PreparedStatements(this.#sqlite, this.db)
    const wanted: Readonly<Record<string, string | number>> = {
      // First of all: the log is shared through memory that this VFS does not have, unless one connection has it alone.
      locking_mode: 'exclusive',
      journal_mode: 'wal',
      synchronous: SYNCHRONOUS[this.#place?.durability ?? 'full'],
      foreign_keys: 1,
      temp_store: 2,
    }
    for (const [name, value] of Object.entries(wanted)) this.#set(name, value)
    this.initWriteHook()
  }

  #disconnect(): void {
    this.#statements?.dispose()
    this.#statements = undefined
    this.closeDb()
  }

  #replaceBy(file: string): void {
    const before = this.#file
    this.#disconnect()
    this.#file = file
    this.#connect()
    this.#unlink(before)
  }

  /** The highest number. Lower ones are left when a tab died between import and clean-up. */
  #currentFile(): string {
    const files = this.#files.getFileNames().filter((name) => FILE_NUMBER.test(name))
    files.sort((one, other) => numberOf(other) - numberOf(one))
    const [current = FIRST_FILE, ...outdated] = files
    for (const file of outdated) this.#unlink(file)
    return current
  }

  #unlink(file: string): void {
    for (const suffix of ['', '-wal', '-journal']) this.#files.unlink(file + suffix)
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

function numberOf(file: string): number {
  return Number(FILE_NUMBER.exec(file)?.[1] ?? 0)
}

/** Without the VFS `opfs`, which nobody asks for here: it would start a worker of its own, or complain that it may not. */
async function initSqlite(): ReturnType<typeof sqlite3InitModule> {
  const host = globalThis as { sqlite3ApiConfig?: unknown; SharedArrayBuffer?: unknown }
  host.sqlite3ApiConfig = { warn: () => {}, error: hearVfs, log: () => {}, debug: () => {} }
  Object.defineProperty(host, 'SharedArrayBuffer', { value: undefined, configurable: true })
  return sqlite3InitModule()
}
