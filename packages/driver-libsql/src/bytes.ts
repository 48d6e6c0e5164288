/** Whole numbers as numbers, also those that are not exact any more: another program may have written them. Changes the row in place. */
export function withNumbers<R>(row: R): R {
  const values = row as Record<string, unknown>
  for (const column in values) {
    const value = values[column]
    if (typeof value === 'bigint') values[column] = Number(value)
  }
  return row
}

/** libSQL answers BLOBs as `ArrayBuffer`; Durably and other SQLite libraries speak `Uint8Array`. Changes the row in place. */
export function withBytes<R>(row: R): R {
  const values = row as Record<string, unknown>
  for (const column in values) {
    const value = values[column]
    if (value instanceof ArrayBuffer) values[column] = new Uint8Array(value)
  }
  return row
}
