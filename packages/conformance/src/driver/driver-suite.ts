import type { Runner } from '../runner.ts'
import { batchCases } from './batch.ts'
import { connectionCases } from './connection.ts'
import { dialectCases } from './dialect.ts'
import type { CreateDriver, DefineDriverCase } from './driver-case.ts'
import { driverCases } from './driver-case.ts'
import { failureCases } from './failure.ts'
import { settingCases } from './settings.ts'
import { sqlCases } from './sql.ts'
import { valueCases } from './values.ts'

/** What `driverSuite` needs. */
export interface DriverSuiteOptions {
  readonly runner: Runner
  readonly create: CreateDriver
}

const CONCERNS: Readonly<Record<string, (define: DefineDriverCase) => void>> = {
  batches: batchCases,
  failures: failureCases,
  values: valueCases,
  SQL: sqlCases,
  connections: connectionCases,
  settings: settingCases,
  'the application’s dialect': dialectCases,
}

/**
 * Declares the cases every `SqliteDriver` must pass: batches that are all or nothing, values that come back as they were, and an
 * application that may use the same database. Run `storageSuite` on `kyselyStorage({ driver })` as well.
 *
 * @example
 * driverSuite({
 *   runner: { describe, it },
 *   create: async () => {
 *     const path = join(await mkdtemp(join(tmpdir(), 'durably-')), 'test.db')
 *     return { driver: myDriver(path), another: () => myDriver(path), dispose: () => rm(path) }
 *   },
 * })
 */
export function driverSuite({ runner, create }: DriverSuiteOptions): void {
  const define = driverCases(runner, create)
  for (const [concern, cases] of Object.entries(CONCERNS))
    runner.describe(`driver: ${concern}`, () => cases(define))
}
