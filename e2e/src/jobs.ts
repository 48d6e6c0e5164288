import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, isDurablyError, type StandardSchema, type StepContext, StepError } from '@durably/core'
import type { Journal } from './journal.ts'

/** What a run is asked to do. */
export interface Work {
  /** How many steps. */
  readonly steps: number
  /** How long each body takes, milliseconds. */
  readonly bodyMs: number
  /** How long the handler lingers between its last step and its end, milliseconds. Default 0. */
  readonly lingerMs?: number
  /** Makes the input larger. */
  readonly payload?: string
}

const work: StandardSchema<Work> = {
  '~standard': { version: 1, vendor: 'e2e', validate: (value) => ({ value: value as Work }) },
}

/** The jobs of all scenarios. Their bodies write down that they were called, and handlers what the steps answered. */
export function createJobs(journal: Journal) {
  /** A step whose result tells one execution of its body from every other. */
  async function step(context: StepContext, name: string, bodyMs: number, fails = false): Promise<string> {
    const about = { runId: context.runId, step: name, generation: context.generation }
    try {
      const value = await context.run(name, async () => {
        journal.write({ kind: 'begin', ...about })
        await sleep(bodyMs)
        journal.write({ kind: 'end', ...about })
        const mark = `${process.pid}/${context.generation}/${performance.now()}`
        if (fails) throw new Error(mark)
        return mark
      })
      journal.write({ kind: 'result', ...about, value })
      return value
    } catch (error) {
      if (error instanceof StepError) journal.write({ kind: 'result', ...about, value: error.message })
      else if (isDurablyError(error)) {
        journal.write({ kind: 'refused', ...about, code: error.code, aborted: context.signal.aborted })
      }
      throw error
    }
  }

  return {
    /** One step after the other. */
    chain: defineJob({ name: 'chain', input: work }, async (context, { steps, bodyMs, lingerMs = 0 }) => {
      for (let n = 0; n < steps; n++) {
        await step(context, `step-${n}`, bodyMs)
        context.setProgress({ current: n + 1, total: steps })
        context.log.info('went on')
      }
      await sleep(lingerMs)
      return { steps }
    }),
    /** All steps side by side. */
    fan: defineJob({ name: 'fan', input: work }, async (context, { steps, bodyMs }) => {
      await Promise.all(
        Array.from({ length: steps }, (_, n) => step(context, `step-${n}`, bodyMs * Math.random())),
      )
      return { steps }
    }),
    /** A step that fails, caught; the way chosen then must not change on a replay. */
    compensate: defineJob({ name: 'compensate', input: work }, async (context, { bodyMs }) => {
      try {
        await step(context, 'charge', bodyMs, true)
      } catch (error) {
        if (!(error instanceof StepError)) throw error
        await step(context, 'refund', bodyMs)
      }
      return { steps: 2 }
    }),
    /** Fails, and is meant to. */
    failing: defineJob({ name: 'failing', input: work }, async (context, { bodyMs }) => {
      await step(context, 'step-0', bodyMs)
      throw new Error('on purpose')
    }),
    /** A body that never ends, whatever it is told. */
    endless: defineJob({ name: 'endless', input: work }, async (context) => {
      await context.run('step-0', () => {
        journal.write({ kind: 'begin', runId: context.runId, step: 'step-0', generation: context.generation })
        return new Promise<void>(() => {})
      })
    }),
  }
}
