import type { Coordination } from '../ports/coordination.ts'

/** For databases that any instance may work on: each leads at once. */
export function soloCoordination(exclusive: boolean): Pick<Coordination, 'campaign'> {
  return {
    campaign(leader) {
      leader.begin(exclusive)
      return () => {}
    },
  }
}
