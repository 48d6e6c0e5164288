import { Child, type ChildOptions } from '../processes/child.ts'
import { waitUntil } from '../processes/wait-until.ts'
import type { StationConfig } from '../programs/station.ts'
import type { Site } from '../site.ts'

/** Starts a station on a site. Nothing is waited for. */
export function startStation(
  site: Site,
  config: Partial<StationConfig> = {},
  options: ChildOptions = {},
): Child {
  return new Child(
    'station',
    {
      database: site.database,
      journal: site.journal.path,
      payloadLength: 10,
      pauseMs: 20,
      stopTimeoutMs: 2_000,
      ...config,
    } satisfies StationConfig,
    options,
  )
}

/** Stops a station; it must end by itself. */
export async function stopStation(station: Child): Promise<void> {
  station.signal('SIGTERM')
  const { code, signal } = await station.ended()
  if (code !== 0) throw new Error(`The station ended with code ${code}, signal ${signal}.`)
}

/** Waits until the station has executed runs that it triggered from now on. */
export async function waitForRecovery(station: Child, site: Site): Promise<void> {
  const answered = new Set(station.all('trigger').map(({ runId }) => runId))
  const { runId } = await station.until(
    'trigger',
    (trigger) => trigger.code === null && !answered.has(trigger.runId),
  )
  await waitUntil(`the end of run ${runId}`, () =>
    site.journal.read().some((line) => line.kind === 'completed' && line.runId === runId),
  )
}
