import type { Row } from '@durably/storage-kysely'
import type { SentRows } from './worker/protocol.ts'

/** Rows by column name, from columns. */
export function toRows({ columns, count, values }: SentRows): Row[] {
  const rows: Row[] = []
  for (let index = 0; index < count; index++) {
    const row: Record<string, unknown> = {}
    for (let column = 0; column < columns.length; column++)
      row[columns[column] as string] = values[column]?.[index] ?? null
    rows.push(row as Row)
  }
  return rows
}
