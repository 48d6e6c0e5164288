import { readEvidence } from '../evidence/evidence.ts'
import { judge, type Verdict } from '../evidence/verdict.ts'
import { Child } from '../processes/child.ts'
import type { LoopStalls } from '../processes/loop-watch.ts'
import type { ReportOf } from '../processes/report.ts'
import type { LockHolderConfig } from '../programs/lock-holder.ts'
import type { Site } from '../site.ts'
import { drain } from './drain.ts'
import { startStation } from './start-station.ts'

/** What two applications saw while a foreign process held the write lock. */
export interface LockedResult {
  /** The one that waits longer than the lock is held. */
  readonly patient: StationResult
  /** The one whose budget ends before. */
  readonly impatient: StationResult
  readonly verdict: Verdict
}

/** What one application reported. */
export interface StationResult {
  readonly triggers: readonly ReportOf<'trigger'>[]
  /** Triggers that were answered after the lock had been given back. */
  readonly answeredAfterwards: number
  readonly stalls: LoopStalls
}

/** A foreign process holds the write lock of the file for `holdMs`, under two applications that go on. */
export async function holdLock(site: Site, holdMs: number): Promise<LockedResult> {
  const patient = await startWith(site, holdMs + 30_000)
  const impatient = await startWith(site, 500)

  const holder = new Child('lock-holder', { path: site.database.path, holdMs } satisfies LockHolderConfig)
  await holder.until('unlocked', () => true, holdMs + 30_000)

  const results = await Promise.all([watchOn(patient), watchOn(impatient)])
  await holder.ended()
  await drain(site)
  const verdict = judge(readEvidence(site.database.path, site.journal.read()), site.batchSize)
  return { patient: results[0], impatient: results[1], verdict }
}

async function startWith(site: Site, busyTimeoutMs: number): Promise<Child> {
  const station = startStation(site, { database: { ...site.database, busyTimeoutMs } })
  await station.until('ready')
  return station
}

/** Lets a station be answered a few more times, then stops it. */
async function watchOn(station: Child): Promise<StationResult> {
  const answered = () => station.all('trigger').filter(({ code }) => code === null).length
  const before = answered()
  await station.until('trigger', () => answered() >= before + 5)
  station.signal('SIGTERM')
  const { stalls } = await station.until('stopped')
  if (stalls === null) throw new Error('A station watches its event loop.')
  await station.ended()
  return { triggers: station.all('trigger'), answeredAfterwards: answered() - before, stalls }
}
