import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { carryOut } from './measuring-process.ts'
import type { Options } from './options.ts'
import { median } from './percentile.ts'
import type { Entrant, Figures, Task, Trial, Workload } from './trial.ts'

/** What an entrant achieved. */
export interface Result {
  readonly entrant: Entrant
  /** The median of each figure; null when a measurement failed. */
  readonly figures: Figures | null
}

/** Called before each measurement. */
export type Progress = (message: string) => void

/**
 * Measures the entrants of a trial in turns, each time in the next order, so that a noisy minute of the machine hits all of them and
 * none always follows the same neighbour.
 */
export async function runTrial(
  workload: Workload,
  trial: Trial,
  options: Options,
  progress: Progress,
): Promise<readonly Result[]> {
  const trialDirectory = mkdtempSync(join(options.directory, 'durably-bench-'))
  const samples = trial.entrants
    .filter((entrant) => options.systems.includes(entrant.system))
    .map((entrant) => ({ entrant, figures: [] as Figures[], failed: false }))

  const order = async (act: 'prepare' | 'measure', sample: (typeof samples)[number], message: string) => {
    if (sample.failed) return
    progress(`${workload.name}, ${trial.durability}: ${nameOf(sample.entrant)}, ${message}`)
    const directory = mkdtempSync(join(trialDirectory, 'measurement-'))
    const task = taskOf(workload, trial, sample.entrant, options.scale, { directory, trialDirectory })
    try {
      const figures = await carryOut({ act, task })
      if (act === 'measure') sample.figures.push(figures)
    } catch (error) {
      sample.failed = true
      progress(`FAILED: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      rmSync(directory, { recursive: true })
    }
  }

  try {
    for (const sample of samples) {
      if (sample.entrant.crowd !== undefined) await order('prepare', sample, 'preparing')
    }
    for (let round = 0; round < options.rounds; round += 1) {
      for (let turn = 0; turn < samples.length; turn += 1) {
        const sample = samples[(round + turn) % samples.length]
        if (sample === undefined || round >= (sample.entrant.maxRounds ?? options.rounds)) continue
        await order('measure', sample, `round ${round + 1} of ${options.rounds}`)
      }
    }
  } finally {
    rmSync(trialDirectory, { recursive: true })
  }
  return samples.map(({ entrant, figures, failed }) => ({
    entrant,
    figures: failed ? null : medians(figures),
  }))
}

/** What an entrant is called in the results. */
export function nameOf(entrant: Entrant): string {
  return entrant.label ?? entrant.system
}

function taskOf(
  workload: Workload,
  trial: Trial,
  entrant: Entrant,
  scale: number,
  directories: Pick<Task, 'directory' | 'trialDirectory'>,
): Task {
  const scaled = (amount: number) => Math.max(1, Math.round(amount * scale))
  const { crowd } = entrant
  return {
    ...entrant,
    ...directories,
    workload: workload.name,
    durability: trial.durability,
    size: scaled(entrant.size),
    ...(crowd === undefined
      ? {}
      : { crowd: { pending: scaled(crowd.pending), finished: scaled(crowd.finished) } }),
  }
}

function medians(samples: readonly Figures[]): Figures {
  const names = Object.keys(samples[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [name, median(samples.map((figures) => figures[name] ?? Number.NaN))]),
  )
}
