import { setTimeout as sleep } from 'node:timers/promises'
import type { Importer } from '../importer.ts'
import type { ProgressLine } from '../progress-line.ts'
import { WorkerProcess } from './worker-process.ts'

const LOOK_MS = 50

/** What one worker process is to do. */
interface Life {
  readonly runId: string
  /** The command line of the worker. */
  readonly args: readonly string[]
  /** Which share of the rows ends its life, from 0 to 1; null: it lives until the import is done. */
  readonly killAt: number | null
  /** Draws the line, once the process has an id. */
  readonly draw: (pid: number) => ProgressLine
}

/**
 * Starts a worker process and looks on, from outside and through the database only, until it is done or killed.
 *
 * @returns the line it was drawn with, for a last word
 */
export async function oneLife({ durably }: Importer, life: Life): Promise<ProgressLine> {
  const worker = new WorkerProcess(life.args)
  const line = life.draw(worker.pid)
  try {
    const before = await durably.getRun(life.runId)
    for (let running = true; running; ) {
      running = worker.running
      const run = await durably.getRun(life.runId)
      if (run?.progress) {
        const { current, total = 0 } = run.progress
        line.update(current, total, run.generation === before?.generation ? 'waits for the lease' : undefined)
      }
      if (life.killAt !== null && shareOf(run?.progress) >= life.killAt) break
      await sleep(LOOK_MS)
    }
    if (life.killAt === null) await worker.end()
    else {
      // A little later, at a moment nobody chose: inside a body, between two, inside a commit.
      await sleep(Math.random() * 2 * LOOK_MS)
      await worker.kill()
    }
    return line
  } finally {
    if (worker.running) worker.abandon()
  }
}

/** How much of a run is done, from 0 to 1. */
export function shareOf(
  progress: { readonly current: number; readonly total?: number } | null | undefined,
): number {
  return progress?.total ? progress.current / progress.total : 0
}
