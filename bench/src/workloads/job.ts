import type { Engine, Handler, JobInput } from '@durably/bench-peers/engine'

/** The job of most workloads: records as many steps as the input asks for, one after another. */
export const recordSteps: Handler = async (runStep, { steps }) => {
  for (let index = 0; index < steps; index += 1) await runStep(`step-${index}`, () => index)
  return steps
}

/** An input whose send time nobody reads. */
export function withSteps(steps: number): JobInput {
  return { steps, sentAtMs: 0 }
}

/** Stores one-step runs in batches of at most a thousand. */
export async function store(engine: Engine, runs: number): Promise<void> {
  for (let stored = 0; stored < runs; stored += 1000) {
    await engine.triggerBatch(Array.from({ length: Math.min(1000, runs - stored) }, () => withSteps(1)))
  }
}
