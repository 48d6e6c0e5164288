/** What is known about a column after some of its rows. Plain data, so that a step can record it. */
export interface ColumnSummary {
  readonly name: string
  readonly filled: number
  readonly numbers: number
  readonly least: number | null
  readonly most: number | null
  readonly sum: number
}

/** The summary of a column in these rows. */
export function summariseColumn(name: string, values: readonly string[]): ColumnSummary {
  const filled = values.filter((value) => value.trim() !== '')
  const numbers = filled.map(Number).filter(Number.isFinite)
  return {
    name,
    filled: filled.length,
    numbers: numbers.length,
    least: numbers.length > 0 ? Math.min(...numbers) : null,
    most: numbers.length > 0 ? Math.max(...numbers) : null,
    sum: numbers.reduce((total, number) => total + number, 0),
  }
}

/** What is known after both parts. */
export function mergeColumns(one: ColumnSummary, other: ColumnSummary): ColumnSummary {
  return {
    name: one.name,
    filled: one.filled + other.filled,
    numbers: one.numbers + other.numbers,
    least: extreme(Math.min, one.least, other.least),
    most: extreme(Math.max, one.most, other.most),
    sum: one.sum + other.sum,
  }
}

function extreme(
  choose: (...numbers: number[]) => number,
  one: number | null,
  other: number | null,
): number | null {
  if (one === null || other === null) return one ?? other
  return choose(one, other)
}
