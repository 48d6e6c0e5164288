import type { NewRun } from '@durably/core'
import type { Sketch } from './operation.ts'
import type { Act, Surroundings } from './surroundings.ts'

/** Enqueues runs, and teaches the storage's names those that are new. */
export function enqueueAct(sketches: readonly Sketch[], around: Surroundings): Act {
  const { now } = around
  const origin = around.chooseRun({ recent: 0, fitting: false }, [])
  const newNames = around.nextNames(sketches.length)
  return async (storage, names) => {
    const originId = origin === null ? null : names.idOf(origin)
    const answers = await storage.enqueue(
      sketches.map((sketch) => toNewRun(sketch, originId, now)),
      now,
    )
    return answers.map(({ run, created }, index) => {
      if (created) names.learn(newNames[index] ?? '', run.id)
      return { run: names.rename(run), created }
    })
  }
}

function toNewRun(sketch: Sketch, originId: string | null, now: number): NewRun {
  return {
    jobName: sketch.job,
    inputJson: `"at ${now}"`,
    idempotencyKey: sketch.idempotencyKey,
    concurrencyKey: sketch.concurrencyKey,
    labels: sketch.label === null ? null : { label: sketch.label },
    readyAt: sketch.delayMs === null ? null : now + sketch.delayMs,
    originId,
  }
}
