import { SQLocalProcessor } from 'sqlocal'
import type { PoolDatabase } from './pool-database.ts'
import type { AnswerTo, DatabaseCall } from './protocol.ts'

const SQLITE_BUSY = 5
/** How long Durably's calls wait here for a transaction of the application. Its storage has the budget for asking again. */
const PATIENCE_MS = 1000

/**
 * Durably's calls beside sqlocal's protocol, on the same connection: an open transaction of either side is waited for by the
 * other. A call of ours is one message, without the lock of the browser that sqlocal takes for each of its own.
 */
export class PoolProcessor extends SQLocalProcessor {
  readonly #database: PoolDatabase
  #inTransaction = false

  constructor(database: PoolDatabase) {
    super(database)
    this.#database = database
  }

  async call(call: DatabaseCall): Promise<AnswerTo<DatabaseCall>> {
    const continues =
      call.do === 'commit' || call.do === 'rollback' || (call.do === 'execute' && call.inTransaction)
    if (continues) {
      // Whose transaction it is, the desk of the leading tab and the sessions know.
      if (!this.#inTransaction) throw new Error('There is no transaction open any more.')
      return this.#continue(call)
    }
    await (call.do === 'batch' || call.do === 'query' ? this.#lock() : this.transactionMutex.lock())
    try {
      return this.#execute(call)
    } finally {
      if (!this.#inTransaction) await this.transactionMutex.unlock()
    }
  }

  /** @throws Error with `SQLITE_BUSY` when the application keeps a transaction open for too long */
  async #lock(): Promise<void> {
    const locked = this.transactionMutex.lock()
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(databaseLocked()), PATIENCE_MS)
    try {
      await Promise.race([locked, late])
    } catch (error) {
      void locked.then(() => this.transactionMutex.unlock())
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Waits for what is going on, then lets go of the file. */
  async close(): Promise<void> {
    // One that stays open is rolled back by closing.
    if (!this.#inTransaction) await this.#lock().catch(() => {})
    this.#database.closeFile()
  }

  async #continue(call: DatabaseCall): Promise<null | AnswerTo<DatabaseCall>> {
    if (call.do === 'execute') return this.#database.execute(call.statement, true)
    try {
      if (call.do === 'commit') this.#database.commit()
      else this.#database.rollback()
      return null
    } catch (error) {
      this.#database.rollback()
      throw error
    } finally {
      this.#inTransaction = false
      await this.transactionMutex.unlock()
    }
  }

  #execute(call: DatabaseCall): AnswerTo<DatabaseCall> {
    const database = this.#database
    switch (call.do) {
      case 'batch':
        return database.batch(call.batch)
      case 'query':
        return database.query(call.statement)
      case 'execute':
        return database.execute(call.statement)
      case 'begin':
        database.begin()
        this.#inTransaction = true
        return null
      case 'measure':
        return database.measure()
      case 'export':
        return database.exportBytes()
      case 'import':
        database.importBytes(call.bytes)
        return null
      case 'delete':
        database.deleteAll()
        return null
      default:
        throw new Error(`Unknown call "${call.do}".`)
    }
  }
}

function databaseLocked(): Error {
  return Object.assign(new Error('database is locked'), { resultCode: SQLITE_BUSY })
}
