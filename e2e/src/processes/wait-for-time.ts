import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves at a wall time, so that several processes begin together. */
export async function waitForTime(at: number): Promise<void> {
  await sleep(Math.max(0, at - Date.now()))
}
