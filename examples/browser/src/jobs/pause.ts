import type { StepBody } from '@durably/core'

/** Waits, unless the run is cancelled or its tab loses the database meanwhile. */
export function pause(durationMs: number, signal: StepBody['signal']): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, durationMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Error('The step was interrupted.'))
    })
  })
}
