import type { Fields, ReadRow } from './fields.ts'

/** A row of a file nothing is known about. */
export type AnyRow = Fields<string | number | null>

/** Trims every field; empty ones become null, numbers become numbers. Only a row without any content is refused. */
export function readAnyRow(fields: Fields): ReadRow<AnyRow> {
  const values = Object.entries(fields).map(([name, text]) => [name, toValue(text.trim())] as const)
  if (values.every(([, value]) => value === null)) return { ok: false, problem: 'is empty' }
  return { ok: true, value: Object.fromEntries(values) }
}

/** Only what prints the same as a number is one: "007" and "1e3" stay text. */
function toValue(text: string): string | number | null {
  if (text === '') return null
  const number = Number(text)
  return Number.isFinite(number) && String(number) === text ? number : text
}
