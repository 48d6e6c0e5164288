import type { Noted } from './site.ts'

/** Clocks of different processes differ by that much at most. */
const CLOCK_ERROR_MS = 5

/** Each time a tab came to lead while another one held that it does. A tab that was ended leads no more. */
export function overlaps(journal: readonly Noted[]): readonly string[] {
  const changes = journal
    .flatMap((entry) => {
      if (entry.kind === 'ended') return [{ tab: entry.tab, leads: false, clockMs: entry.clockMs }]
      if (entry.kind !== 'role') return []
      return [{ tab: entry.tab, leads: entry.role === 'leading', clockMs: entry.clockMs }]
    })
    .toSorted((one, other) => one.clockMs - other.clockMs)
  const leading = new Set<string>()
  const found: string[] = []
  for (const { tab, leads, clockMs } of changes) {
    if (!leads) {
      leading.delete(tab)
      continue
    }
    for (const other of leading) {
      const leftSoon = changes.some(
        (change) =>
          change.tab === other &&
          !change.leads &&
          change.clockMs >= clockMs &&
          change.clockMs <= clockMs + CLOCK_ERROR_MS,
      )
      if (other !== tab && !leftSoon) found.push(`${tab} came to lead while ${other} did`)
    }
    leading.add(tab)
  }
  return found
}
