import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob } from '@durably/core'
import { z } from 'zod'
import { fingerprint, planCsv, readChunk } from './csv.ts'
import { readRows, tableFor } from './row-reader.ts'
import type { ImportTables } from './tables.ts'

/** What the job works with. */
export interface ImportJobParts {
  readonly tables: ImportTables
  /** Waited for in each step, so that there is something to watch. */
  readonly pauseMs: number
  /** Told whenever a step's body begins, the first time and after an interruption again, and in which execution of the run. */
  readonly onBody: (stepName: string, generation: number) => void
}

/**
 * The import: cuts a CSV file into chunks, then validates, transforms and stores one chunk a step.
 *
 * A body leaves the same rows behind however often it runs, so an import may be interrupted at any moment: the steps that are
 * recorded are not executed again, the one that was interrupted is executed once more.
 */
export function importJob({ tables, pauseMs, onBody }: ImportJobParts) {
  return defineJob(
    {
      name: 'import-csv',
      input: z.object({
        file: z.string(),
        /** Fingerprint of the content that is meant: a file that has changed since is not imported in its place. */
        source: z.string(),
        rowsPerStep: z.int().min(1).max(1_000).default(100),
      }),
      output: z.object({
        table: z.enum(['strikes', 'records']),
        imported: z.int(),
        rejected: z.int(),
      }),
    },
    async (step, { file, source, rowsPerStep }) => {
      const plan = await step.run('plan', async ({ generation }) => {
        onBody('plan', generation)
        if ((await fingerprint(file)) !== source) {
          throw new Error(`${file} has changed since this import was asked for; start a new import.`)
        }
        return planCsv(file, rowsPerStep)
      })
      step.log.info(`${plan.rows} rows in ${plan.chunks.length} steps`, { columns: plan.header })

      let rejected = 0
      for (const chunk of plan.chunks) {
        const name = `rows ${chunk.firstRow}-${chunk.lastRow}`
        rejected += await step.run(name, async ({ log, signal, generation }) => {
          onBody(name, generation)
          await sleep(pauseMs, undefined, { signal })
          const rows = readRows(plan.header, chunk.firstRow, await readChunk(file, plan, chunk))
          for (const { row, problem } of rows.bad) log.warn(`row ${row} rejected: ${problem}`)
          await tables.save(source, rows)
          return rows.bad.length
        })
        step.setProgress({ current: chunk.lastRow, total: plan.rows, message: `${rejected} rejected` })
      }

      return step.run('summarise', ({ generation }) => {
        onBody('summarise', generation)
        return tables.summarise(source, tableFor(plan.header))
      })
    },
  )
}
