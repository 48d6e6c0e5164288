import * as fc from 'fast-check'
import type { Runner } from '../runner.ts'
import type { CreateStorage } from '../storage/storage-case.ts'
import { turns } from './operation.ts'
import { playSequence } from './sequence.ts'

/** What `modelSuite` needs. */
export interface ModelSuiteOptions {
  readonly runner: Runner
  readonly create: CreateStorage
  /** How many random sequences are played. Default: 50. */
  readonly sequences?: number
  /** Where the random numbers begin; the names of the cases show it. Default: another one each time. */
  readonly seed?: number
}

/** How many sequences one case plays, so that no case outlasts the patience of a runner. */
const SEQUENCES_PER_CASE = 5
/** Looking for a shorter sequence that fails ends here, with the shortest that was found. */
const TIME_LIMIT_MS = 20_000

/**
 * Declares cases that compare a storage with the memory storage of `@durably/core/testing`: random sequences of verbs and of
 * moves of the wall clock, several verbs submitted at once and repeated, every answer and the stored runs compared. A failure
 * shows the shortest sequence that was found and the seed to play it again; give the runner half a minute per case to find it.
 *
 * @example
 * modelSuite({ runner: { describe, it }, create, sequences: 500 })
 */
export function modelSuite({ runner, create, sequences = 50, seed = randomSeed() }: ModelSuiteOptions): void {
  runner.describe('storage: compared with the model', () => {
    for (let done = 0; done < sequences; done += SEQUENCES_PER_CASE) {
      const count = Math.min(SEQUENCES_PER_CASE, sequences - done)
      const caseSeed = seed + done
      runner.it(
        `answers like the memory storage in ${count} random sequences (seed ${caseSeed})`,
        async () => {
          await fc.assert(
            fc.asyncProperty(turns, (sequence) => playOn(create, sequence)),
            {
              seed: caseSeed,
              numRuns: count,
              interruptAfterTimeLimit: TIME_LIMIT_MS,
              markInterruptAsFailure: true,
            },
          )
        },
      )
    }
  })
}

async function playOn(create: CreateStorage, sequence: Parameters<typeof playSequence>[1]): Promise<void> {
  const { storage, dispose } = await create()
  try {
    await playSequence(storage, sequence)
  } finally {
    await storage.close()
    await dispose?.()
  }
}

function randomSeed(): number {
  return Math.floor(Math.random() * 1_000_000_000)
}
