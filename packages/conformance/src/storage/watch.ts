import { expectTrue } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'

/** Hearing of other owners' writes. Calls may come late, too often or not at all, so only the manners can be checked. */
export function watchCases(define: DefineCase): void {
  define('a watch ends when it is told to, also twice, also after close', async ({ storage }) => {
    const stop = storage.watch?.(() => undefined)
    if (!stop) return
    expectTrue(typeof stop === 'function', 'watch must return a function that ends the watch')
    stop()
    stop()
    const stopLater = storage.watch?.(() => undefined)
    await storage.close()
    stopLater?.()
  })
}
