import { onTestFinished, vi } from 'vitest'

/** Takes the page's clock in hand until the test has ended. */
export function takeClock() {
  const later = setTimeout
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())

  /** Lets time pass, and then what became due take its course: messages, storage and workers are as real as ever. */
  async function pass(ms: number): Promise<void> {
    vi.advanceTimersByTime(ms)
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => later(resolve))
  }

  /** Lets minutes pass until the work has ended. */
  async function untilSettled<T>(work: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = work.finally(() => {
      isSettled = true
    })
    for (let seconds = 0; !isSettled; seconds++) {
      if (seconds === 600) throw new Error('Ten minutes later it had not ended.')
      await pass(1000)
    }
    return settled
  }

  return { pass, untilSettled }
}
