import type { ReportError } from '../ports/report-error.ts'

declare const console: { error(...values: unknown[]): void }

/** Writes failures that have no caller to the console. */
export const consoleReport: ReportError = (error, context) =>
  console.error(`Durably: ${context} failed.`, error)
