import type { Storage } from '@durably/core'
import { showSteps } from './call.ts'
import type { Names } from './names.ts'

/** More than a sequence ever creates. */
const ALL = 10_000

/** A storage and the ids it has made. */
export interface Side {
  readonly storage: Storage
  readonly names: Names
}

/** Every run, newest first, with names in place of ids. */
export async function showRuns({ storage, names }: Side) {
  const runs = await storage.getRuns({
    statuses: null,
    jobNames: null,
    labels: null,
    limit: ALL,
    cursor: null,
  })
  return runs.map((run) => names.rename(run))
}

/** The steps and log lines of every run that was ever created, removed ones too: of those nothing may be left. */
export async function showBelongings({ storage, names }: Side) {
  const belongings = []
  for (const { id, name } of names.all()) {
    const logs = await storage.getLogs(id, { limit: ALL, cursor: null })
    const steps = showSteps(await storage.getSteps(id), names)
    belongings.push({ name, steps, logs: logs.map((line) => ({ ...line, id: '', runId: name })) })
  }
  return belongings
}
