import * as fc from 'fast-check'
import type { Runner } from '../runner.ts'
import type { CreateStorage } from '../storage/storage-case.ts'
import { Life } from './life.ts'
import { type Act, life } from './life-act.ts'
import { LifeWitness } from './life-witness.ts'
import { withWorld } from './world.ts'

/** On what random lives are played, and how many. */
export interface RandomLivesOptions {
  readonly runner: Runner
  readonly create: CreateStorage
  readonly lives: number
  /** Where the random numbers begin; the names of the cases show it. */
  readonly seed: number
}

const LIVES_PER_CASE = 5
/** Looking for a shorter life that fails ends here. */
const TIME_LIMIT_MS = 20_000

/** Declares cases that play random lives of several processes on one database and check what must hold in all of them. */
export function randomLives({ runner, create, lives, seed }: RandomLivesOptions): void {
  for (let played = 0; played < lives; played += LIVES_PER_CASE) {
    const count = Math.min(LIVES_PER_CASE, lives - played)
    const caseSeed = seed + played
    runner.it(
      `${count} random lives lose no run and repeat no recorded step (seed ${caseSeed})`,
      async () => {
        await fc.assert(
          fc.asyncProperty(life, (acts) => play(create, acts)),
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
}

async function play(create: CreateStorage, acts: readonly Act[]): Promise<void> {
  const witness = new LifeWitness()
  await withWorld(
    async () => witness.watch(await create()),
    async (world) => {
      const lived = new Life(world, witness)
      await lived.begin()
      for (const act of acts) await lived.play(act)
      await lived.end()
      await lived.check()
    },
  )
}
