const UNITS = ['B', 'kB', 'MB', 'GB']

/** `1.4 MB` */
export function bytes(count: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), UNITS.length - 1)
  const value = count / 1000 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}

/** `240 ms`, `3.2 s` */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** `14:03:22` */
export function clockTime(iso: string): string {
  return new Date(iso).toLocaleTimeString('en', { hour12: false })
}

/** At most two decimals. */
export function decimal(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 })
}
