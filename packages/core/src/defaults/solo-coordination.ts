import type { Coordination } from '../ports/coordination.ts'

/** For databases that any instance may work on: each leads at once, and there is nobody to talk to. */
export function soloCoordination(exclusive: boolean): Coordination {
  return {
    campaign(leader) {
      leader.begin(exclusive)
      return () => {}
    },
    broadcast: () => {},
    hasAudience: () => false,
    onMessage: () => () => {},
  }
}
