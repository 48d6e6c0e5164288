import type { Claim, ClaimRequest, Controlled, Lease, StepRecord, Storage } from '@durably/core'
import { isDurablyError, TERMINAL_STATUSES, TRANSITIONS } from '@durably/core'
import { enqueueAct } from './enqueue-act.ts'
import { leaseAct } from './lease-act.ts'
import type { Names } from './names.ts'
import type { Choice, Operation } from './operation.ts'
import type { Act, NamedLease, Surroundings } from './surroundings.ts'
import { toLease } from './surroundings.ts'

/** How long leases last in sequences. */
const LEASE_MS = 1000
/** More than a sequence ever creates. */
const ALL = 10_000

/** One call, the same for both storages. Resolves with the answer in names, or with the code it was refused with. */
export interface Call {
  readonly operation: Operation
  /** May it be repeated? What enqueue and appendLogs are given twice is two things. */
  readonly repeatable: boolean
  perform(storage: Storage, names: Names): Promise<unknown>
}

/** Turns an operation into a call; null: there is no run or lease yet that it could be about. */
export function toCall(operation: Operation, around: Surroundings): Call | null {
  const act = actOf(operation, around)
  if (!act) return null
  return {
    operation,
    repeatable: operation.verb !== 'enqueue' && operation.verb !== 'appendLogs',
    perform: (storage, names) => act(storage, names).then(showUndefined, codeOf),
  }
}

/** In which statuses a verb does something. */
const FITTING = {
  cancel: TRANSITIONS.cancel.from,
  retry: TRANSITIONS.retry.from,
  remove: TERMINAL_STATUSES,
} as const

function actOf(operation: Operation, around: Surroundings): Act | null {
  const { now } = around
  switch (operation.verb) {
    case 'enqueue':
      return enqueueAct(operation.runs, around)
    case 'claim': {
      const request = claimRequest(operation.jobs, operation.limit, around)
      return async (storage, names) => (await storage.claim(request)).map((claim) => showClaim(claim, names))
    }
    case 'recover': {
      const { exclusive, maxRecoveries } = operation
      const request = {
        ...claimRequest(operation.jobs, ALL, around),
        exclusive,
        maxRecoveries,
        poisonErrorJson: '"poison"',
      }
      return async (storage, names) => {
        const { claims, poisoned } = await storage.recover(request)
        const showPoisoned = poisoned.map((run) => names.rename(run)).toSorted(byId)
        return { claims: claims.map((claim) => showClaim(claim, names)), poisoned: showPoisoned }
      }
    }
    case 'wake':
      return (storage) => storage.wake(operation.jobs, now)
    case 'renew': {
      const leases = leasesAt(operation.leases, around)
      return async (storage, names) => {
        const held = await storage.renew(toLeases(leases, names), now, LEASE_MS)
        return held.map((lease) => `${names.nameOf(lease.runId)}, ${lease.generation}`).toSorted()
      }
    }
    case 'purge': {
      const { statuses, ageMs, limit } = operation
      const request = { statuses, finishedBefore: now - ageMs, limit }
      return async (storage, names) =>
        (await storage.purge(request)).map((run) => names.nameOf(run.id)).toSorted()
    }
    case 'appendLogs': {
      const leases = leasesAt(operation.leases, around)
      const line = {
        stepName: null,
        level: 'info',
        message: `at ${now}`,
        dataJson: null,
        createdAt: now,
      } as const
      return (storage, names) =>
        storage.appendLogs(toLeases(leases, names).map((lease) => ({ ...lease, ...line })))
    }
    case 'cancel':
    case 'retry':
    case 'remove': {
      const run = around.chooseRun(operation.run, FITTING[operation.verb])
      if (run === null) return null
      return async (storage, names) =>
        showControlled(await control(operation.verb, storage, names.idOf(run), now), names)
    }
    default:
      return leaseAct(operation, around)
  }
}

function control(
  verb: 'cancel' | 'retry' | 'remove',
  storage: Storage,
  id: string,
  now: number,
): Promise<Controlled> {
  switch (verb) {
    case 'cancel':
      return storage.cancel(id, now)
    case 'retry':
      return storage.retry(id, now)
    case 'remove':
      return storage.remove(id)
  }
}

function claimRequest(
  jobNames: readonly string[],
  limit: number,
  { claimId, now }: Surroundings,
): ClaimRequest {
  return { jobNames, limit: () => limit, claimId, now, leaseMs: LEASE_MS }
}

function leasesAt(choices: readonly Choice[], around: Surroundings): readonly NamedLease[] {
  const leases = choices.map((choice) => around.chooseLease(choice)).filter((lease) => lease !== null)
  return [...new Map(leases.map((lease) => [`${lease.run} ${lease.generation}`, lease])).values()]
}

function toLeases(leases: readonly NamedLease[], names: Names): readonly Lease[] {
  return leases.map((lease) => toLease(lease, names))
}

function showClaim({ run, steps }: Claim, names: Names) {
  return { run: names.rename(run), steps: showSteps(steps, names) }
}

/** The recorded steps with names in place of ids. */
export function showSteps(steps: readonly StepRecord[], names: Names): readonly StepRecord[] {
  return steps.map((step) => ({ ...step, runId: names.nameOf(step.runId) }))
}

/** Whether a repetition says `changed` is left to the storage, since few can tell it from a second call. */
function showControlled({ run }: Controlled, names: Names): unknown {
  return run === null ? null : names.rename(run)
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.localeCompare(b.id)
}

function showUndefined(answer: unknown): unknown {
  return answer ?? 'done'
}

function codeOf(error: unknown): string {
  if (isDurablyError(error)) return `refused with ${error.code}`
  throw error
}
