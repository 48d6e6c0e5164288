/**
 * What the suites need of a test runner. The `describe` and `it` of vitest and of `node:test` fit as they are; for an
 * environment without a runner, any object with these two will do.
 *
 * @example
 * import { describe, it } from 'vitest'          // or from 'node:test'
 * storageSuite({ runner: { describe, it }, create })
 */
export interface Runner {
  /** Groups the cases that `define` declares. */
  describe(name: string, define: () => void): void
  /** Declares a case. It fails when the promise of `run` rejects. */
  it(name: string, run: (context: CaseContext) => Promise<void>): void
}

/** What a runner hands to a case. */
export interface CaseContext {
  /** Reports the case as skipped, and why. May throw or return; nothing is checked afterwards. */
  skip(reason: string): void
}
