import type { Coordination } from '../ports/coordination.ts'

/** Standing for election where any instance may work on the database: each leads at once. */
export function soloCampaign(exclusive: boolean): Coordination['campaign'] {
  return (leader) => {
    leader.begin(exclusive)
    return () => {}
  }
}
