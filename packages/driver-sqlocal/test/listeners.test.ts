import { expect, onTestFinished, test, vi } from 'vitest'
import { Listeners } from '../src/tab/listeners.ts'
import { newStorage } from './database.ts'

/** What the page would hear of as an error that nobody caught. */
function reportedErrors(): readonly unknown[] {
  const reported: unknown[] = []
  const spy = vi.spyOn(globalThis, 'reportError').mockImplementation((error) => void reported.push(error))
  onTestFinished(() => spy.mockRestore())
  return reported
}

test('a listener that throws is reported, and the others are told', () => {
  const reported = reportedErrors()
  const listeners = new Listeners<[number]>()
  const told: number[] = []
  listeners.add(() => {
    throw new Error('of the application')
  })
  listeners.add((what) => void told.push(what))
  listeners.tell(7)
  expect(told).toEqual([7])
  expect(reported).toEqual([new Error('of the application')])
})

test('who comes to listen while it is told waits for the next time', () => {
  const listeners = new Listeners<[]>()
  let told = 0
  const again = () => {
    told++
    if (told < 10) listeners.add(() => again())
  }
  listeners.add(again)
  listeners.tell()
  expect(told).toBe(1)
})

test('a tab leads although a listener of its role throws', async () => {
  const reported = reportedErrors()
  const storage = newStorage()
  const unlisten = storage.onRoleChange(() => {
    throw new Error('of the application')
  })
  await storage.migrate()
  expect(storage.role).toBe('leading')
  expect(reported).toEqual([new Error('of the application')])
  unlisten()
})
