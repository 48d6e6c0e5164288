import type { Claim, ClaimRequest } from '../ports/storage.ts'
import { aboutRun } from '../run/run.ts'
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
  { storage, bus, settings }: EnginePorts,
): Promise<readonly Claim[]> {
  const { maxRecoveries } = settings
  const error = {
    name: 'DurablyError',
    message: `Taken over ${maxRecoveries} times without recording a step; mend the cause, then retry it.`,
    code: 'POISON_RUN',
  }
  const { claims, poisoned } = await storage.recover({
    ...request,
    maxRecoveries,
    poisonErrorJson: JSON.stringify(error),
    exclusive,
  })
  for (const run of poisoned) bus.publish('run:fail', () => ({ ...aboutRun(run), error, durationMs: 0 }))
  for (const { run } of claims) {
    const { generation, recoveries } = run
    bus.publish('run:recover', () => ({ ...aboutRun(run), generation, recoveries }))
  }
  return claims
}
