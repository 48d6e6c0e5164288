import type { Claim, ClaimRequest, Lease, RecoverRequest, RecoverResult } from '../ports/storage.ts'
import { canTransition } from '../run/lifecycle.ts'
import type { RunRecord } from '../run/records.ts'
import type { MemoryDatabase, StoredRun } from './memory-database.ts'
import { hasProgressed, inOrder, move } from './memory-database.ts'

/** Takes claimable runs, oldest first; what this claim id holds already counts towards the limit. */
export function claim(database: MemoryDatabase, request: ClaimRequest): Claim[] {
  const busyKeys = new Set(
    database.select(({ record }) => record.status === 'running').map(({ record }) => record.concurrencyKey),
  )
  let free = request.limit() - heldBy(database, request.claimId).length
  for (const run of database.runs.values()) {
    if (free <= 0) break
    const key = run.record.concurrencyKey
    if (!isClaimable(run, request.jobNames) || (key !== null && busyKeys.has(key))) continue
    busyKeys.add(key)
    move(
      run,
      'claim',
      { ...nextLease(run, request), startedAt: run.record.startedAt ?? request.now },
      request.claimId,
    )
    free -= 1
  }
  return heldBy(database, request.claimId).map(toClaim)
}

/** Takes over runs whose lease ended, longest ended first, after failing those that ended too often without progress. */
export function recover(database: MemoryDatabase, request: RecoverRequest): RecoverResult {
  for (const run of database.select((run) => request.jobNames.includes(run.record.jobName))) {
    if (!request.exclusive) moveFutureLease(run, request.now)
    else if (run.claimId !== request.claimId) endLease(run, request.now - 1)
  }
  const abandoned = database
    .select((run) => isAbandoned(run, request))
    .sort((a, b) => (a.record.leaseEndsAt ?? 0) - (b.record.leaseEndsAt ?? 0))
  const poisonous = abandoned.filter(
    (run) => run.record.recoveries >= request.maxRecoveries && !hasProgressed(run),
  )
  for (const run of poisonous) {
    move(run, 'poison', {
      generation: run.record.generation + 1,
      errorJson: request.poisonErrorJson,
      finishedAt: request.now,
    })
  }
  const free = Math.max(0, request.limit() - heldBy(database, request.claimId).length)
  for (const run of abandoned.filter((run) => !poisonous.includes(run)).slice(0, free)) {
    const recoveries = hasProgressed(run) ? 1 : run.record.recoveries + 1
    move(run, 'recover', { ...nextLease(run, request), recoveries }, request.claimId)
  }
  return {
    claims: heldBy(database, request.claimId).map(toClaim),
    poisoned: poisonous.map((run) => run.record),
  }
}

/** Makes due runs claimable. */
export function wake(database: MemoryDatabase, jobNames: readonly string[], now: number): void {
  for (const run of database.select(({ record }) => jobNames.includes(record.jobName))) {
    if (run.record.dueAt !== null && run.record.dueAt <= now) move(run, 'wake', {})
  }
}

/** The earliest due time of the named jobs. */
export function nextDue(database: MemoryDatabase, jobNames: readonly string[]): number | null {
  const times = database
    .select(({ record }) => jobNames.includes(record.jobName))
    .flatMap(({ record }) => record.dueAt ?? [])
  return times.length === 0 ? null : Math.min(...times)
}

/** Extends the leases that are held. */
export function renew(
  database: MemoryDatabase,
  leases: readonly Lease[],
  now: number,
  leaseMs: number,
): Lease[] {
  return leases.filter((lease) => {
    const run = database.holder(lease)
    if (!run) return false
    run.record = { ...run.record, heartbeatAt: now, leaseEndsAt: now + leaseMs }
    return true
  })
}

function isClaimable({ record }: StoredRun, jobNames: readonly string[]): boolean {
  return canTransition('claim', record.status) && record.dueAt === null && jobNames.includes(record.jobName)
}

function isAbandoned({ record }: StoredRun, request: RecoverRequest): boolean {
  if (!canTransition('recover', record.status) || !request.jobNames.includes(record.jobName)) return false
  return record.leaseEndsAt !== null && record.leaseEndsAt < request.now
}

function endLease(run: StoredRun, endedAt: number): void {
  if (run.record.leaseEndsAt !== null)
    run.record = { ...run.record, heartbeatAt: endedAt, leaseEndsAt: endedAt }
}

/** A heartbeat further in the future than its lease lasts: the clock was set back since. The lease begins now, once more. */
function moveFutureLease(run: StoredRun, now: number): void {
  const { heartbeatAt, leaseEndsAt } = run.record
  if (heartbeatAt === null || leaseEndsAt === null) return
  const leaseMs = leaseEndsAt - heartbeatAt
  if (heartbeatAt - leaseMs > now)
    run.record = { ...run.record, heartbeatAt: now, leaseEndsAt: now + leaseMs }
}

function heldBy(database: MemoryDatabase, claimId: string): StoredRun[] {
  return database.select((run) => run.claimId === claimId)
}

function nextLease({ record }: StoredRun, request: ClaimRequest): Partial<RunRecord> {
  return {
    generation: record.generation + 1,
    heartbeatAt: request.now,
    leaseEndsAt: request.now + request.leaseMs,
  }
}

function toClaim(run: StoredRun): Claim {
  return { run: run.record, steps: inOrder(run.steps) }
}
