/** A value of any kind as text for a message. Never throws. */
export function describe(value: unknown): string {
  try {
    return typeof value === 'object' && !(value instanceof Error)
      ? (JSON.stringify(value) ?? 'an object')
      : String(value)
  } catch {
    return 'an unreadable value'
  }
}

/** Is it an error? False too for what cannot even be asked: a revoked proxy. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

/** What went wrong, in the words of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return isError(thrown) ? thrown.message : describe(thrown)
}

/** A text of bounded length; what is cut shows that it was. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
