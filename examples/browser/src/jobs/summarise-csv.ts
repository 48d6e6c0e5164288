import { defineJob } from '@durably/core'
import { parse } from 'csv-parse/browser/esm/sync'
import { type ColumnSummary, mergeColumns, summariseColumn } from './column-summary.ts'
import { pause } from './pause.ts'
import type { ReadSource } from './source.ts'
import { taskSchema } from './task-schema.ts'

const ROWS_PER_STEP = 250

/** What is known about the whole file. */
export interface CsvSummary {
  readonly kind: 'csv'
  readonly rows: number
  /** Rows with more or fewer fields than the header; they are left out. */
  readonly badRows: number
  readonly columns: readonly ColumnSummary[]
}

/** Summarises a CSV file, some rows a step. Interrupted, it goes on with the rows that are not summarised yet. */
export function summariseCsv(readSource: ReadSource) {
  return defineJob({ name: 'summarise-csv', input: taskSchema }, async (step, { source, paceMs }) => {
    let table: Promise<readonly string[][]> | undefined
    // Read once an execution, and only when a step is left to do.
    const read = () => {
      table ??= readSource(source.hash).then(async (file) =>
        parse(await file.text(), { bom: true, relax_column_count: true, skip_empty_lines: true }),
      )
      return table
    }
    const { header, rows } = await step.run('open', async ({ signal, log }) => {
      await pause(paceMs, signal)
      const [first = [], ...rest] = await read()
      if (rest.length === 0) throw new Error(`${source.name} has no rows below its header.`)
      log.info(`${source.name}: ${rest.length} rows of ${first.length} columns`)
      return { header: first, rows: rest.length }
    })

    let badRows = 0
    let columns: readonly ColumnSummary[] = header.map((name) => summariseColumn(name, []))
    for (let start = 0; start < rows; start += ROWS_PER_STEP) {
      const end = Math.min(start + ROWS_PER_STEP, rows)
      const part = await step.run(`rows ${start + 1}–${end}`, async ({ signal, log }) => {
        await pause(paceMs, signal)
        const all = (await read()).slice(start + 1, end + 1)
        const good = all.filter((row) => row.length === header.length)
        if (good.length < all.length)
          log.warn(`Left out, since they do not fit the header: ${all.length - good.length}`)
        return {
          badRows: all.length - good.length,
          columns: header.map((name, index) =>
            summariseColumn(
              name,
              good.map((row) => row[index] ?? ''),
            ),
          ),
        }
      })
      badRows += part.badRows
      columns = columns.map((column, index) => mergeColumns(column, part.columns[index] ?? column))
      step.setProgress({
        current: end,
        total: rows,
        message: `${end.toLocaleString('en')} of ${rows.toLocaleString('en')} rows`,
      })
    }
    return { kind: 'csv', rows, badRows, columns } satisfies CsvSummary
  })
}
