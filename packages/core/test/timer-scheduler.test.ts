import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { timerScheduler } from '../src/index.ts'

const DAY_MS = 86_400_000

describe('timerScheduler', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('waits as long as it was told, also longer than hosts can wait at once', () => {
    let fired = 0
    timerScheduler.after(60 * DAY_MS, () => {
      fired += 1
    })
    vi.advanceTimersByTime(60 * DAY_MS - 1)
    expect(fired).toBe(0)
    vi.advanceTimersByTime(1)
    expect(fired).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('fires in the next macrotask for zero and below', () => {
    const fired: string[] = []
    timerScheduler.after(0, () => fired.push('zero'))
    timerScheduler.after(-5, () => fired.push('below'))
    expect(fired).toEqual([])
    vi.advanceTimersByTime(1)
    expect(fired).toEqual(['zero', 'below'])
  })

  it('takes a call back in the middle of a long wait, and twice without harm', () => {
    let fired = 0
    const cancel = timerScheduler.after(60 * DAY_MS, () => {
      fired += 1
    })
    vi.advanceTimersByTime(40 * DAY_MS)
    cancel()
    cancel()
    vi.advanceTimersByTime(40 * DAY_MS)
    expect([fired, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('calls in the next macrotask after everything that is ready', async () => {
    vi.useRealTimers()
    const order: string[] = []
    const soon = new Promise<void>((resolve) =>
      timerScheduler.soon(() => {
        order.push('soon')
        resolve()
      }),
    )
    for (let hop = 0; hop < 5; hop++) await Promise.resolve().then(() => order.push('microtask'))
    await soon
    expect(order).toEqual([...Array(5).fill('microtask'), 'soon'])
  })
})
