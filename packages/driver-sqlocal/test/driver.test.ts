import { driverSuite } from '@durably/conformance'
import { sqlocalDriver } from '@durably/driver-sqlocal'
import { describe, it } from 'vitest'
import { bundledWorker, deleteFiles, newDatabasePath } from './database.ts'

driverSuite({
  runner: { describe, it },
  async create() {
    const databasePath = newDatabasePath()
    const open = () => sqlocalDriver({ databasePath, persist: false, worker: bundledWorker })
    return { driver: open(), another: open, dispose: () => deleteFiles(databasePath) }
  },
})
