import type { StepBody } from '@durably/core'

/** Waits, unless the run is cancelled or its tab loses the database meanwhile. */
export function pause(durationMs: number, signal: StepBody['signal']): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(new Error('The step was interrupted.'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, durationMs)
    signal.addEventListener('abort', stop)
  })
}
