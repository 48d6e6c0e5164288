import { type AnyRow, readAnyRow } from './any-row.ts'
import { type Fields, nameFields, type ReadRow } from './fields.ts'
import { readStrike, STRIKE_COLUMNS, type Strike } from './strike.ts'

/** A row of a chunk: the number it has in the file, and what it says. */
interface Numbered<Value> {
  readonly row: number
  readonly value: Value
}

/** A row that could not be used, and why. */
interface RejectedRow {
  readonly row: number
  readonly problem: string
  readonly fields: readonly string[]
}

/** What the rows of a chunk became, and the table they belong in. */
export type ReadRows =
  | {
      readonly table: 'strikes'
      readonly good: readonly Numbered<Strike>[]
      readonly bad: readonly RejectedRow[]
    }
  | {
      readonly table: 'records'
      readonly good: readonly Numbered<AnyRow>[]
      readonly bad: readonly RejectedRow[]
    }

/** Which table the rows of a file belong in: its own for the data set this example knows, a general one for any other. */
export function tableFor(header: readonly string[]): ReadRows['table'] {
  return STRIKE_COLUMNS.every((column) => header.includes(column)) ? 'strikes' : 'records'
}

/** Validates and transforms rows; those that cannot be used are set aside, never thrown. */
export function readRows(header: readonly string[], firstRow: number, rows: readonly string[][]): ReadRows {
  const table = tableFor(header)
  return table === 'strikes'
    ? { table, ...sort(header, firstRow, rows, readStrike) }
    : { table, ...sort(header, firstRow, rows, readAnyRow) }
}

function sort<Value>(
  header: readonly string[],
  firstRow: number,
  rows: readonly string[][],
  read: (fields: Fields) => ReadRow<Value>,
) {
  const good: Numbered<Value>[] = []
  const bad: RejectedRow[] = []
  for (const [i, fields] of rows.entries()) {
    const row = firstRow + i
    const named = nameFields(header, fields)
    const result = named.ok ? read(named.value) : named
    if (result.ok) good.push({ row, value: result.value })
    else bad.push({ row, problem: result.problem, fields })
  }
  return { good, bad }
}
