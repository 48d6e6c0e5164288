import { describe, expect, it } from 'vitest'
import { memoryStorage } from './memory-storage.ts'
import { virtualTime } from './virtual-time.ts'

describe('virtualTime', () => {
  it('fires timers in order of their time, those of one moment in order of planning', async () => {
    const time = virtualTime({ startAt: 1000 })
    const fired: string[] = []
    const note = (name: string) => () => fired.push(`${name} at ${time.clock.now()}`)
    time.scheduler.after(20, note('late'))
    time.scheduler.after(10, note('early'))
    time.scheduler.after(10, note('second'))
    time.scheduler.after(31, note('never'))
    await time.advance(30)
    expect(fired).toEqual(['early at 1010', 'second at 1010', 'late at 1020'])
    expect(time.clock.now()).toBe(1030)
  })

  it('fires no cancelled timer', async () => {
    const time = virtualTime()
    const fired: string[] = []
    time.scheduler.after(5, () => fired.push('later'))()
    time.scheduler.after(0, () => fired.push('soon'))()
    await time.advance(10)
    expect(fired).toEqual([])
    expect(time.pendingTimers).toBe(0)
  })

  it('waits for the storage calls that follow from a timer before it fires the next one', async () => {
    const time = virtualTime()
    const storage = time.wrap(memoryStorage())
    const order: string[] = []
    time.scheduler.after(1, () => {
      void storage
        .migrate()
        .then(() => storage.getRun('absent'))
        .then(() => storage.getSteps('absent'))
        .then(() => order.push('answered'))
    })
    time.scheduler.after(1, () => order.push('next timer'))
    await time.advance(1)
    expect(order).toEqual(['answered', 'next timer'])
  })

  it('fires a timer planned by a timer within the same advance', async () => {
    const time = virtualTime()
    let beats = 0
    const beat = () => {
      beats += 1
      time.scheduler.after(10, beat)
    }
    beat()
    await time.advance(100)
    expect(beats).toBe(11)
  })

  it('runs what was planned for the next macrotask while it settles', async () => {
    const time = virtualTime()
    const order: string[] = []
    time.scheduler.soon(() => time.scheduler.soon(() => order.push('second turn')))
    await time.settle()
    expect(order).toEqual(['second turn'])
  })

  it('moves the wall clock alone when it jumps', async () => {
    const time = virtualTime({ startAt: 1000 })
    let firedAt = 0
    time.scheduler.after(50, () => {
      firedAt = time.clock.monotonic()
    })
    time.jump(-500)
    await time.advance(50)
    expect([time.clock.now(), time.clock.monotonic(), firedAt]).toEqual([550, 50, 50])
  })

  it('lets timers fire late after a blocked loop', async () => {
    const time = virtualTime()
    const firedAt: number[] = []
    time.scheduler.after(10, () => firedAt.push(time.clock.monotonic()))
    time.block(100)
    expect(firedAt).toEqual([])
    await time.advance(0)
    expect(firedAt).toEqual([100])
  })

  it('counts the timers that would keep the process alive', () => {
    const time = virtualTime()
    time.scheduler.after(10, () => undefined, { background: true })
    const cancel = time.scheduler.after(10, () => undefined)
    expect(time.pendingTimers).toBe(1)
    cancel()
    expect(time.pendingTimers).toBe(0)
  })

  it('draws the same random numbers from the same seed', () => {
    const draw = (seed: number) => {
      const { random } = virtualTime({ seed })
      return [random(), random(), random()]
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    expect(draw(7).every((number) => number >= 0 && number < 1)).toBe(true)
  })
})
