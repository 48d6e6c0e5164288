import type { SqliteDriver, Statement } from '../../src/driver.ts'

/** The same driver, writing down what it is asked to execute: the statements of each batch and of each query. */
export function recordingDriver(driver: SqliteDriver, batches: (readonly Statement[])[]): SqliteDriver {
  return {
    ...driver,
    async open() {
      const connection = await driver.open()
      return {
        ...connection,
        batch(statements) {
          batches.push(statements)
          return connection.batch(statements)
        },
        query(statement) {
          batches.push([statement])
          return connection.query(statement)
        },
      }
    },
  }
}
