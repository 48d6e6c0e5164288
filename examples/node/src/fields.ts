/** A row by column name. */
export type Fields<Value = string> = Readonly<Record<string, Value>>

/** A row that was understood, or why it was not. */
export type ReadRow<Row> =
  | { readonly ok: true; readonly value: Row }
  | { readonly ok: false; readonly problem: string }

/** Names the fields of a row; a row with too many or too few is refused. */
export function nameFields(header: readonly string[], row: readonly string[]): ReadRow<Fields> {
  if (row.length !== header.length) {
    return { ok: false, problem: `has ${row.length} fields, the header names ${header.length}` }
  }
  return { ok: true, value: Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])) }
}
