import type { Runner } from '../runner.ts'
import type { CreateStorage } from '../storage/storage-case.ts'
import { type World, withWorld } from './world.ts'

/** Declares one case of the engine's suite. */
export type DefineCase = (name: string, body: (world: World) => Promise<void>) => void

/** Declares cases that each get a world of their own. */
export function engineCases(runner: Runner, create: CreateStorage): DefineCase {
  return (name, body) => runner.it(name, () => withWorld(create, body))
}
