/** Told about failures that have no caller: a listener that threw, a plugin that could not be set up, a worker in trouble. */
export type ReportError = (error: unknown, context: string) => void
