import { DurablyError } from '../errors.ts'
import type { Claim, ClaimRequest } from '../ports/storage.ts'
import type { RunRecord } from '../run/records.ts'
import { toLabels, toRun } from '../run/run.ts'
import { serializeError } from '../run/serialized-error.ts'
import type { EnginePorts } from './engine-ports.ts'

/**
 * Takes over runs whose owner is gone, and fails those that are poison. Publishes what it found; executing the claims is up to the
 * caller.
 *
 * @param exclusive every lease counts as ended: whoever held it has lost the database
 */
export async function recoverRuns(
  request: ClaimRequest,
  exclusive: boolean,
  ports: EnginePorts,
): Promise<readonly Claim[]> {
  const { storage, bus, settings } = ports
  const { maxRecoveries } = settings
  const poisonErrorJson = JSON.stringify(poisonError(maxRecoveries))
  const { claims, poisoned } = await storage.recover({
    ...request,
    maxRecoveries,
    poisonErrorJson,
    exclusive,
  })
  for (const record of poisoned) {
    const error = toRun(record).error ?? poisonError(maxRecoveries)
    bus.publish('run:fail', () => ({ ...about(record), error, durationMs: 0 }))
  }
  for (const { run } of claims) {
    const { generation, recoveries } = run
    bus.publish('run:recover', () => ({ ...about(run), generation, recoveries }))
  }
  return claims
}

function about(record: RunRecord) {
  return { runId: record.id, jobName: record.jobName, labels: toLabels(record.labelsJson) }
}

function poisonError(maxRecoveries: number) {
  const {
    name,
    message,
    code = 'POISON_RUN',
  } = serializeError(
    new DurablyError(
      'POISON_RUN',
      `The run was taken over ${maxRecoveries} times in a row without recording a step: it takes its worker down each time. Its steps are kept; retry it once the cause is mended.`,
    ),
  )
  return { name, message, code }
}
