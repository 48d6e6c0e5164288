import { BatchError, type SqliteConnection, type SqliteDriver } from '../../src/driver.ts'

/** The same driver with another way to execute a batch. */
export function withBatch(
  driver: SqliteDriver,
  batchOf: (real: SqliteConnection['batch']) => SqliteConnection['batch'],
): SqliteDriver {
  return {
    ...driver,
    async open() {
      const connection = await driver.open()
      return { ...connection, batch: batchOf((statements) => connection.batch(statements)) }
    },
  }
}

/** A database behind a bad line: each batch is committed, and its first answer is lost. */
export function losingAnswers(driver: SqliteDriver): SqliteDriver {
  const capabilities = { ...driver.capabilities, outcomeMayBeUnknown: true }
  return withBatch({ ...driver, capabilities }, (batch) => {
    let lost = false
    return async (statements) => {
      const results = await batch(statements)
      lost = !lost
      if (lost)
        throw new BatchError(new Error('socket hang up'), { statementIndex: null, outcomeUnknown: true })
      return results
    }
  })
}
