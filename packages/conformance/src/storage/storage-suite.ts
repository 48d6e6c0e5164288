import type { Runner } from '../runner.ts'
import { claimCases } from './claim.ts'
import { closeCases } from './close.ts'
import { concurrencyKeyCases } from './concurrency-keys.ts'
import { controlCases } from './control.ts'
import { enqueueCases } from './enqueue.ts'
import { fencingCases } from './fencing.ts'
import { hostileStringCases } from './hostile-strings.ts'
import { idempotencyCases } from './idempotency.ts'
import { logCases } from './logs.ts'
import { migrateCases } from './migrate.ts'
import { poisonCases } from './poison.ts'
import { purgeCases } from './purge.ts'
import { queryCases } from './queries.ts'
import { recoverCases } from './recover.ts'
import { renewCases } from './renew.ts'
import { repeatabilityCases } from './repeatability.ts'
import { settleCases } from './settle.ts'
import { stepCases } from './steps.ts'
import type { CreateStorage, DefineCase } from './storage-case.ts'
import { storageCases } from './storage-case.ts'
import { wakeCases } from './wake.ts'
import { watchCases } from './watch.ts'

/** What `storageSuite` needs. */
export interface StorageSuiteOptions {
  readonly runner: Runner
  readonly create: CreateStorage
}

const CONCERNS: Readonly<Record<string, (define: DefineCase) => void>> = {
  migrate: migrateCases,
  enqueue: enqueueCases,
  'idempotency keys': idempotencyCases,
  claim: claimCases,
  'concurrency keys': concurrencyKeyCases,
  renew: renewCases,
  recover: recoverCases,
  poison: poisonCases,
  'steps and progress': stepCases,
  settle: settleCases,
  fencing: fencingCases,
  'cancel, retry, remove': controlCases,
  purge: purgeCases,
  'delayed and sleeping runs': wakeCases,
  queries: queryCases,
  logs: logCases,
  repeatability: repeatabilityCases,
  'hostile text': hostileStringCases,
  watch: watchCases,
  close: closeCases,
}

/**
 * Declares the cases every storage must pass: what each verb checks, changes and answers. What a storage cannot do is read from
 * its `capabilities`, and reported as skipped.
 *
 * @example
 * storageSuite({
 *   runner: { describe, it },
 *   async create() {
 *     const path = join(await mkdtemp(join(tmpdir(), 'durably-')), 'test.db')
 *     return { storage: myStorage({ path }), openAgain: async () => myStorage({ path }), dispose: () => rm(path) }
 *   },
 * })
 */
export function storageSuite({ runner, create }: StorageSuiteOptions): void {
  const define = storageCases(runner, create)
  for (const [concern, cases] of Object.entries(CONCERNS))
    runner.describe(`storage: ${concern}`, () => cases(define))
}
