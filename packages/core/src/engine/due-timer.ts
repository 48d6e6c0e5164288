import type { CancelTimer } from '../ports/scheduler.ts'
import { type EnginePorts, publishTrouble } from './engine-ports.ts'

/**
 * Wakes delayed and sleeping runs when their time has come.
 *
 * @param onWoken called in the turn in which the waking is submitted: a claim made then shares its commit
 */
export function createDueTimer(
  { storage, clock, scheduler, bus, registry }: EnginePorts,
  onWoken: () => void,
) {
  let cancel: CancelTimer = () => {}
  let plannedFor = Infinity
  let plans = 0
  let asking = false
  let open = true

  const forget = () => {
    cancel()
    plannedFor = Infinity
  }

  const planFor = (dueAt: number) => {
    if (!open || dueAt >= plannedFor) return
    cancel()
    plannedFor = dueAt
    cancel = scheduler.after(dueAt - clock.now(), () => {
      forget()
      void ask()
    })
  }

  /** More may be due than one wake takes, or than the last answer knew. */
  const askSoon = () => planFor(0)

  const ask = async () => {
    if (asking || !open || registry.names.length === 0) return
    asking = true
    try {
      const plansBefore = plans
      const dueAt = await storage.nextDue(registry.names)
      // A run stored meanwhile may be missing in the answer.
      if (plansBefore !== plans) return askSoon()
      // A clock that was set back or forward moved every plan: the newest answer replaces it.
      forget()
      if (dueAt === null || !open) return
      if (dueAt > clock.now()) return planFor(dueAt)
      const woken = storage.wake(registry.names, clock.now())
      onWoken()
      await woken
      askSoon()
    } catch (error) {
      publishTrouble(bus, error)
    } finally {
      asking = false
    }
  }

  return {
    /** Reads when the next run is due and plans for it; wakes at once what is due already. */
    ask,

    /** Plans for a run known to be due then. */
    plan(dueAt: number) {
      plans++
      planFor(dueAt)
    },

    close() {
      open = false
      forget()
    },
  }
}
