import { DurablyError, isDurablyError } from '../errors.ts'
import type { AnyJob } from '../job/job.ts'
import type { CancelTimer } from '../ports/scheduler.ts'
import type { Claim, ClaimRequest } from '../ports/storage.ts'
import { Attempt } from './attempt.ts'
import { createBackoff } from './backoff.ts'
import { type EnginePorts, publishError, publishTrouble } from './engine-ports.ts'
import { execute } from './executor.ts'
import { createLeaseKeeper, loseLease } from './lease-keeper.ts'
import { recoverRuns } from './recovery.ts'

/**
 * Takes due runs and executes them, at most `concurrency` at a time. It asks for the next run in the turn in which one is
 * settled, so that both share a commit, and has at most one claim and one recovery under way.
 */
export type Dispatcher = ReturnType<typeof createDispatcher>

/**
 * @param onTrouble called when claiming failed. True: wait and try again; false: give up
 * @param allowance how many more runs may be taken; asked whenever a claim is put together
 * @param onTaken told of each run that is taken
 */
export function createDispatcher(
  engine: EnginePorts,
  onTrouble: (error: unknown) => boolean,
  allowance: () => number = () => Infinity,
  onTaken?: (runId: string) => void,
) {
  const { storage, clock, scheduler, random, bus, registry, settings, ready } = engine
  const backoff = createBackoff(scheduler, random)
  const ports = { ...engine, backoff }
  const held = new Set<Attempt>()
  const renewLeases = createLeaseKeeper(held, engine)
  const name = () => random().toString(36).slice(2, 10)
  const id = name() + name()
  // A claim or a recovery promises slots when it is put into a commit, so that another one in the same commit does not count them
  // too. What is asked for meanwhile is kept in `wanted`.
  const promised = { claim: 0, recovery: 0 }
  let requests = 0
  let used = 0
  let open = true
  let deposed = false
  let claiming = false
  let recovering = false
  /** The last recovery filled every slot there was for it, be it none. */
  let moreToRecover = false
  let wanted = false
  let cancelBeat: CancelTimer
  let waiting: (() => void)[] = []

  const free = () => Math.min(settings.concurrency - used, allowance()) - promised.claim - promised.recovery

  /**
   * Asks for runs. A request made while a claim is under way is kept: what it hopes for may have been submitted behind that claim,
   * or a recovery may hold the slots it needs.
   */
  const request = () => {
    if (!open) return
    // Before the claim, so that a backlog does not take every slot for ever.
    if (moreToRecover && free() > 0) void recover(false)
    if (claiming || (recovering && free() <= 0)) wanted = true
    else if (free() > 0) void claim()
  }

  /** Makes the request that was kept. */
  const goOn = () => {
    if (wanted && !claiming) {
      wanted = false
      request()
    }
    checkDrained()
  }

  const newRequest = (kind: keyof typeof promised): ClaimRequest => ({
    jobNames: registry.names,
    limit: () => {
      promised[kind] = 0
      promised[kind] = open ? Math.max(0, free()) : 0
      return promised[kind]
    },
    claimId: `${id}-${++requests}`,
    now: clock.now(),
    leaseMs: settings.staleThreshold,
  })

  /** Takes over runs whose owner is gone, and fails those that are poison. */
  const recover = async (exclusive: boolean) => {
    if (!open || recovering || registry.names.length === 0) return
    recovering = true
    moreToRecover = false
    try {
      const settingUp = ready()
      if (settingUp !== null) await settingUp
      const sentAt = clock.monotonic()
      const claims = await recoverRuns(newRequest('recovery'), exclusive, engine)
      moreToRecover = claims.length >= promised.recovery
      await begin(claims, sentAt)
    } catch (error) {
      publishTrouble(bus, error)
    } finally {
      promised.recovery = 0
      recovering = false
      goOn()
    }
  }

  const claim = async () => {
    claiming = true
    // The same at every try: a claim whose answer was lost is repeated, and answers the same runs.
    const claimRequest = newRequest('claim')
    // Counted from the first try: that one may have taken the runs.
    let sentAt: number | undefined
    for (let failures = 0; open; ) {
      try {
        const settingUp = ready()
        if (settingUp !== null) await settingUp
        if (registry.names.length === 0) break
        sentAt ??= clock.monotonic()
        const claims = await storage.claim({ ...claimRequest, jobNames: registry.names, now: clock.now() })
        // Full, be it with none: there may be more behind. A short answer has emptied the line.
        if (claims.length === promised.claim) wanted = true
        await begin(claims, sentAt)
        break
      } catch (error) {
        if (!open || !onTrouble(error)) break
        await backoff.pause(++failures)
      }
    }
    promised.claim = 0
    claiming = false
    goOn()
  }

  /** Executes what was taken; hands it back when the dispatcher was closed meanwhile. */
  const begin = async (claims: readonly Claim[], sentAt: number) => {
    const heldUntil = sentAt + settings.staleThreshold
    if (!open) return handBack(claims.map(({ run }) => new Attempt(run, heldUntil)))
    for (const each of claims) {
      onTaken?.(each.run.id)
      void executeClaim(each, new Attempt(each.run, heldUntil))
    }
  }

  const executeClaim = async (each: Claim, attempt: Attempt) => {
    held.add(attempt)
    used++
    // A storage answers runs of the jobs it was asked for, and no job is ever taken back.
    await execute(each, registry.get(each.run.jobName) as AnyJob, attempt, ports, vacate)
    held.delete(attempt)
    checkDrained()
  }

  /** Frees a slot whose run is being settled, and asks for the next one. */
  const vacate = () => {
    used--
    request()
  }

  const handBack = async (attempts: readonly Attempt[]) => {
    const stopped = new DurablyError('STOPPED', 'The worker was stopped; another one continues.')
    const releases = attempts.map(async (attempt) => {
      attempt.interrupt(stopped)
      try {
        await storage.settle(attempt, { status: 'released' }, clock.now())
      } catch (error) {
        if (!isDurablyError(error, 'LEASE_LOST')) publishError(bus, error)
      }
    })
    await Promise.all(releases)
  }

  const checkDrained = () => {
    if (!deposed && (held.size > 0 || claiming || recovering)) return
    for (const resolve of waiting) resolve()
    waiting = []
  }

  const close = () => {
    open = false
    backoff.cut()
  }

  const dispose = () => {
    close()
    cancelBeat()
  }

  const planBeat = () => {
    cancelBeat = scheduler.after(settings.heartbeatInterval, () => {
      planBeat()
      void renewLeases()
      void recover(false)
    })
  }
  planBeat()

  return {
    request,
    recover,

    /** Are runs still claimed? */
    isOpen: () => open,

    /** A run this dispatcher may be executing was taken away. */
    interrupt(runId: string, reason: DurablyError) {
      for (const attempt of held) if (attempt.runId === runId) attempt.interrupt(reason)
    },

    /** Claims nothing more. Runs in progress go on. */
    close,

    /** Resolves when nothing is executed, claimed or recovered any more, or what was executed has been abandoned. */
    drained: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve)
        checkDrained()
      }),

    /** Aborts what is still executed and hands it back, so that another worker goes on at once. */
    async abandon() {
      close()
      await handBack([...held])
      // Handlers that ignore their signal are not waited for; a claim under way is, and handed back.
      held.clear()
      checkDrained()
    },

    /** Interrupts what is still executed and writes nothing: the database has another owner now. */
    depose() {
      dispose()
      held.forEach(loseLease)
      deposed = true
      checkDrained()
    },

    /** Ends the beat. */
    dispose,
  }
}
