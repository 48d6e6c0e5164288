import type { Runner } from '../runner.ts'
import type { CreateStorage } from '../storage/storage-case.ts'
import { askingCases } from './asking.ts'
import { badDayCases } from './bad-days.ts'
import { badInputCases } from './bad-input.ts'
import { batchCases } from './batch.ts'
import { cancelCases } from './cancel.ts'
import { claimingCases } from './claiming.ts'
import { clockCases } from './clock.ts'
import { comebackCases } from './comeback.ts'
import { concurrencyKeyCases } from './concurrency-keys.ts'
import { type DefineCase, engineCases } from './engine-case.ts'
import { eventCases } from './events.ts'
import { handlerFailureCases } from './handler-failures.ts'
import { idempotencyCases } from './idempotency.ts'
import { instanceCases } from './instance.ts'
import { jobCases } from './jobs.ts'
import { listenerCases } from './listeners.ts'
import { logCases } from './logs.ts'
import { pluginHostCases } from './plugin-host.ts'
import { pluginSetUpCases } from './plugin-set-up.ts'
import { pluginCases } from './plugins.ts'
import { poisonCases } from './poison.ts'
import { processCases } from './process.ts'
import { progressCases } from './progress.ts'
import { randomLives } from './random-lives.ts'
import { recoveryCases } from './recovery.ts'
import { retentionCases } from './retention.ts'
import { retryCases } from './retry.ts'
import { stepFailureCases } from './step-failures.ts'
import { stepNameCases } from './step-names.ts'
import { stepOrderCases } from './step-order.ts'
import { stepResultCases } from './step-results.ts'
import { stepCases } from './steps.ts'
import { stopCases } from './stop.ts'
import { subscribeCases } from './subscribe.ts'
import { suspendedCases } from './suspended.ts'
import { triggeringCases } from './triggering.ts'
import { validationCases } from './validation.ts'
import { waitCases } from './wait.ts'
import { waitCallbackCases } from './wait-callbacks.ts'
import { workerCases } from './worker.ts'

/** On what the engine is to prove itself. */
export interface EngineSuiteOptions {
  readonly runner: Runner
  /** Makes a storage on a new, empty database that nothing else uses. Called once a case. */
  readonly create: CreateStorage
  /** How many random lives of several processes are played. Default: 40. */
  readonly lives?: number
  /** Where the random numbers of those lives begin; the names of the cases show it. Default: another one each time. */
  readonly seed?: number
}

const CONCERNS: Readonly<Record<string, (define: DefineCase) => void>> = {
  'instance and migration': instanceCases,
  jobs: jobCases,
  triggering: triggeringCases,
  validation: validationCases,
  idempotency: idempotencyCases,
  'concurrency keys': concurrencyKeyCases,
  batches: batchCases,
  waiting: waitCases,
  'the callbacks of a wait': waitCallbackCases,
  worker: workerCases,
  claiming: claimingCases,
  stopping: stopCases,
  'processing without a loop': processCases,
  steps: stepCases,
  'the order of steps': stepOrderCases,
  'step results': stepResultCases,
  'step failures': stepFailureCases,
  'handler failures': handlerFailureCases,
  'step names': stepNameCases,
  recovery: recoveryCases,
  poison: poisonCases,
  'coming back': comebackCases,
  retrying: retryCases,
  cancelling: cancelCases,
  sleeping: suspendedCases,
  asking: askingCases,
  retention: retentionCases,
  progress: progressCases,
  logs: logCases,
  events: eventCases,
  listeners: listenerCases,
  'following a run': subscribeCases,
  plugins: pluginCases,
  'setting plugins up': pluginSetUpCases,
  'what plugins are offered': pluginHostCases,
  'bad input': badInputCases,
  'bad days': badDayCases,
  clocks: clockCases,
}

/**
 * What Durably promises, proven on one storage: jobs, runs, steps, workers, recovery, events and plugins, all under virtual time.
 *
 * @example
 * import { describe, it } from 'vitest'
 * engineSuite({ runner: { describe, it }, create: async () => ({ storage: myStorage() }) })
 */
export function engineSuite({ runner, create, lives = 40, seed = randomSeed() }: EngineSuiteOptions): void {
  const define = engineCases(runner, create)
  runner.describe('engine', () => {
    for (const [concern, cases] of Object.entries(CONCERNS)) runner.describe(concern, () => cases(define))
    runner.describe('random lives', () => randomLives({ runner, create, lives, seed }))
  })
}

function randomSeed(): number {
  return Math.floor(Math.random() * 1_000_000_000)
}
